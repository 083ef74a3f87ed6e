/** An RFC 6901 JSON Pointer for a path of keys and indexes. */
export const toPointer = (path: readonly (string | number)[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
