const REDACTED = '[redacted]';

/**
 * A JSON text without the values of these keys, at any depth. What cannot be read as JSON may hold them anywhere, and is
 * left out as a whole.
 */
export function redactKeys(text: string, keys: readonly string[]): string {
  if (keys.length === 0 || text.trim() === '') return text;
  const secret = new Set(keys);
  try {
    const value = JSON.parse(text, (key, part: unknown) =>
      secret.has(key) ? REDACTED : part,
    ) as unknown;
    return JSON.stringify(value);
  } catch {
    return REDACTED;
  }
}
