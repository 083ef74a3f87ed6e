export type Media = { schema?: object; examples?: Record<string, unknown> };
export type Answer = { $ref?: string; content?: Record<string, Media> };

/** What is read of an OpenAPI document. */
export type OpenApi = {
  paths: Record<string, Record<string, { responses: Record<string, Answer> }>>;
  components: { schemas: Record<string, object>; responses: Record<string, Answer> };
};

/** The place of a value in a document, as a JSON Pointer in a URI fragment. */
export const fragmentOf = (...tokens: readonly string[]): string =>
  `#${tokens
    .map((token) => `/${encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('')}`;

/**
 * A copy in which objects have no other fields than those that are declared. The document leaves that open for later
 * versions; of this one, a field that is not declared is a mistake.
 */
export function closeObjects<T>(value: T): T {
  if (Array.isArray(value)) return value.map(closeObjects) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, closeObjects(inner as unknown)]),
  );
  const isOpen =
    copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy);
  return (isOpen ? { ...copy, additionalProperties: false } : copy) as T;
}
