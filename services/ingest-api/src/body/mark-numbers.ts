/** Before a number: the escape of a lone surrogate, which no text has once it is repaired. */
const MARK = String.raw`\ud800`;
const TOKENS = /\\.|"|-?\d[\d.eE+-]*/g;
const MARKED = /"\\ud800([\d.eE+-]+)"/g;

/**
 * JSON text in which every number that JavaScript would write otherwise is a marked text, so that it goes
 * through JSON.parse and JSON.stringify as it is. The text has to be repaired.
 */
export function markNumbers(jsonText: string): string {
  let isInText = false;
  return jsonText.replace(TOKENS, (token) => {
    if (token === '"') isInText = !isInText;
    const isNumber = !isInText && token !== '"';
    return isNumber && String(Number(token)) !== token ? `"${MARK}${token}"` : token;
  });
}

/** The numbers as they were before they were marked. */
export const unmarkNumbers = (jsonText: string): string => jsonText.replace(MARKED, '$1');
