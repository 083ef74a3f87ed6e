const MARKS = [',', ';', '|'];
const SEPARATOR = /\s?[,;|]\s?/;
const LIST = /^[^\s,;|=]{2,256}(?:\s?[,;|]\s?[^\s,;|=]{2,256}){1,99}$/;
const PART_OF_NAME = /^\p{Lu}[\p{L}'-]*$/u;

/**
 * Splits lists such as `bob,alice` and `badsite.net|185.10.20.30`; undefined if the text is no list. `Doe, Jane`
 * is one person, and a URL can contain commas.
 */
export function listedValues(text: string): string[] | undefined {
  if (!MARKS.some((mark) => text.includes(mark)) || !LIST.test(text)) return undefined;
  const values = text.split(SEPARATOR);
  const isOneUrl = text.includes('://') && !values.every((value) => value.includes('://'));
  const isOneName = values.every((value) => PART_OF_NAME.test(value));
  return isOneUrl || isOneName ? undefined : values;
}
