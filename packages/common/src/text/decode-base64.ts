/**
 * The bytes of a text that is base64 (padded, RFC 4648 §4) or base64url (without padding, §5) and nothing else;
 * undefined otherwise. `Buffer.from` passes over what does not belong to the alphabet and stops at padding, so
 * that many texts would mean the same bytes.
 */
export function decodeBase64(text: string, encoding: 'base64' | 'base64url'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : undefined;
}
