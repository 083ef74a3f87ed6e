const CAMEL_BOUNDARY = /([a-z0-9])([A-Z])|([A-Z]{1,128})([A-Z][a-z])/g;
const SEPARATORS = /[^A-Za-z0-9]+/;

/** A key split into its parts: `kibana.alert.original_time` has three segments, and the last has two words. */
export type KeyWords = {
  name: string;
  /** Each segment in lower case without separators: `srcProcImageSha1` → `srcprocimagesha1`. */
  segments: string[];
  /** The last segment. */
  squashed: string;
  /** The words of the last segment. */
  words: string[];
};

const wordsOf = (segment: string): string[] =>
  segment
    .replace(CAMEL_BOUNDARY, '$1$3 $2$4')
    .split(SEPARATORS)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());

/** Splits a key; dots, slashes and colons separate segments. */
export function keyWords(key: string): KeyWords {
  const segments = key
    .split(/[./:]+/)
    .map(wordsOf)
    .filter((words) => words.length > 0);
  const squashed = segments.map((words) => words.join(''));
  return {
    name: key,
    segments: squashed,
    squashed: squashed.at(-1) ?? '',
    words: segments.at(-1) ?? [],
  };
}
