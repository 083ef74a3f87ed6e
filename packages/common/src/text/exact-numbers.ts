/** Before a number: the escape of a lone surrogate, which no text has once it is repaired. */
const MARK = String.raw`\ud800`;
const TOKENS = /\\.|"|-?\d[\d.eE+-]*/g;
const MARKED = /"\\ud800([\d.eE+-]+)"/g;

/**
 * JSON text in which every number that JavaScript would write otherwise is a marked text, so that it goes
 * through JSON.parse and JSON.stringify as it is. The text has to be repaired.
 */
export const markNumbers = (jsonText: string): string => quoteNumbers(jsonText, MARK);

function quoteNumbers(jsonText: string, mark: string): string {
  let isInText = false;
  return jsonText.replace(TOKENS, (token) => {
    if (token === '"') isInText = !isInText;
    const isNumber = !isInText && token !== '"';
    return isNumber && String(Number(token)) !== token ? `"${mark}${token}"` : token;
  });
}

/** The numbers as they were before they were marked. */
export const unmarkNumbers = (jsonText: string): string =>
  jsonText.includes(MARK) ? jsonText.replace(MARKED, '$1') : jsonText;

/**
 * A stored payload as a value that `stringifyExactly` writes with the digits that were sent. Numbers that JavaScript
 * would write otherwise are marked texts in it.
 */
export const parseExactly = (jsonText: string): unknown => JSON.parse(markNumbers(jsonText));

/** JSON text of a value, in which the numbers of `parseExactly` have their digits again. */
export const stringifyExactly = (value: unknown): string => unmarkNumbers(JSON.stringify(value));

const MAY_BE_INEXACT = /[:[,]\s{0,64}-?(?:\d{16}|\d+\.\d*0[,\]}\s]|\d[\d.]*[eE])/;

/**
 * A parsed text in which every number that JavaScript would write otherwise is a text with the digits that were sent:
 * ids beyond 2^53 stay apart. `parsed` is the text as JSON.parse reads it, and given back where all numbers are exact.
 */
export const withExactNumbers = (jsonText: string, parsed: unknown): unknown =>
  MAY_BE_INEXACT.test(jsonText) ? JSON.parse(quoteNumbers(jsonText, '')) : parsed;
