/**
 * Decodes base64 (padded, RFC 4648 §4) or base64url (without padding, §5); undefined for any other text.
 * `Buffer.from` alone ignores foreign characters and stops at padding, so that many texts would give the same
 * bytes.
 */
export function decodeBase64(text: string, encoding: 'base64' | 'base64url'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : undefined;
}
