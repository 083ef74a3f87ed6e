const REDACTED = '[redacted]';
/** Shorter ones would blot out ordinary text, and are no secrets. */
const MIN_SECRET_CHARACTERS = 6;

/** Takes the secrets that we sent out of what the other side answered: some servers echo their requests. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap(spellings)
    .filter((secret) => secret.length >= MIN_SECRET_CHARACTERS)
    .sort((a, b) => b.length - a.length)
    .reduce((redacted, secret) => redacted.replaceAll(secret, REDACTED), text);
}

/** A header may be echoed whole, without its scheme (`Bearer `), and with JSON's escapes. */
function spellings(secret: string): string[] {
  const credential = secret.slice(secret.indexOf(' ') + 1);
  return [secret, credential].flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
}
