const CAMEL_BOUNDARY = /([a-z0-9])([A-Z])|([A-Z]{1,128})([A-Z][a-z])/g;
const SEPARATORS = /[^A-Za-z0-9]+/;

/** A key taken apart: `kibana.alert.original_time` has three segments, the last of two words. */
export type KeyWords = {
  name: string;
  /** The words of each segment run together, lower case: `srcProcImageSha1` → `srcprocimagesha1`. */
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

/** Segments are what stands between dots, slashes and colons. */
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
