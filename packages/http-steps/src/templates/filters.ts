const encodeStrictly = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const LUCENE_SPECIAL = /["\\]/g;

/** Filters that may follow a `|` in a placeholder; each maps a text to a text. */
export const FILTERS = {
  /** RFC 3986: encodes everything but unreserved characters. */
  percent_encode: encodeStrictly,
  base64: (text: string) => Buffer.from(text).toString('base64'),
  /** Without padding (RFC 4648, section 5), as in VirusTotal's ids of URLs. */
  base64url: (text: string) => Buffer.from(text).toString('base64url'),
  /** One phrase of an Elasticsearch query string, with its quotes. */
  query_phrase: (text: string) => `"${text.replace(LUCENE_SPECIAL, String.raw`\$&`)}"`,
  /** One string of an OData filter, with its quotes. */
  odata_string: (text: string) => `'${text.replaceAll("'", "''")}'`,
  /** One string of JSON or of a SCIM filter, with its quotes. */
  json_string: (text: string) => JSON.stringify(text),
  /** A path of several segments: what is encoded in each, the slashes stay. */
  path: (text: string) => text.split('/').map(encodeStrictly).join('/'),
  lower: (text: string) => text.toLowerCase(),
  upper: (text: string) => text.toUpperCase(),
  trim: (text: string) => text.trim(),
} as const satisfies Record<string, (text: string) => string>;

export type FilterName = keyof typeof FILTERS;

export const isFilterName = (name: string): name is FilterName => Object.hasOwn(FILTERS, name);

export const percentEncode = FILTERS.percent_encode;
