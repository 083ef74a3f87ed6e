const REDACTED = '[redacted]';

/** Keys in whatever letter case they are written. */
export const keySet = (keys: readonly string[]): ReadonlySet<string> =>
  new Set(keys.map((key) => key.toLowerCase()));

/**
 * A JSON text without the values of these keys, at any depth. What cannot be read as JSON may hold them anywhere, and is
 * left out as a whole.
 */
export function redactKeys(text: string, keys: readonly string[]): string {
  if (keys.length === 0 || text.trim() === '') return text;
  const secret = keySet(keys);
  try {
    const value = JSON.parse(text, (key, part: unknown) =>
      secret.has(key.toLowerCase()) ? REDACTED : part,
    ) as unknown;
    return JSON.stringify(value);
  } catch {
    return REDACTED;
  }
}

/** The same tree without the values of these keys, and the texts among those values. */
export function withoutKeys(
  tree: unknown,
  keys: ReadonlySet<string>,
): { shown: unknown; hidden: string[] } {
  const hidden: string[] = [];
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => {
        if (!keys.has(key.toLowerCase())) return [key, walk(part)];
        hidden.push(...textsIn(part));
        return [key, REDACTED];
      }),
    );
  };
  return { shown: walk(tree), hidden };
}

/** All texts in a tree. */
export function textsIn(part: unknown): string[] {
  if (typeof part === 'string') return [part];
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(textsIn) : [];
}
