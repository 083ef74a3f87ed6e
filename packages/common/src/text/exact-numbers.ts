/** Mark before a number: the escape of a lone surrogate, which repaired text never contains. */
const MARK = String.raw`\ud800`;
const TOKENS = /\\.|"|-?\d[\d.eE+-]*/g;
const MARKED = /"\\ud800([\d.eE+-]+)"/g;

/**
 * Turns every number that JavaScript would write differently into a marked string, so that JSON.parse and
 * JSON.stringify keep it. Lone surrogates in the text must already be repaired.
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

/** Turns marked strings back into numbers. */
export const unmarkNumbers = (jsonText: string): string =>
  jsonText.includes(MARK) ? jsonText.replace(MARKED, '$1') : jsonText;

/**
 * Parses a stored payload so that `stringifyExactly` writes the digits that were sent. Numbers that JavaScript would
 * write differently are marked strings in it.
 */
export const parseExactly = (jsonText: string): unknown => JSON.parse(markNumbers(jsonText));

/** Writes a value as JSON text. Numbers from `parseExactly` keep their digits. */
export const stringifyExactly = (value: unknown): string => unmarkNumbers(JSON.stringify(value));

const MAY_BE_INEXACT = /[:[,]\s{0,64}-?(?:\d{16}|\d+\.\d*0[,\]}\s]|\d[\d.]*[eE])/;

/**
 * Parses a text so that every number that JavaScript would write differently is a string of its digits. Ids beyond 2^53
 * stay distinct. `parsed` is the result of JSON.parse, which is returned if all numbers are exact.
 */
export const withExactNumbers = (jsonText: string, parsed: unknown): unknown =>
  MAY_BE_INEXACT.test(jsonText) ? JSON.parse(quoteNumbers(jsonText, '')) : parsed;
