import { type Budget } from '@calseta/common';

/** Part of a long text, and the offset at which it goes on. */
export type TextWindow = { text: string; nextOffset?: number };

/** As much of a text from an offset on as fits. */
export function windowOfText(text: string, offset: number, budget: Budget): TextWindow {
  const rest = text.slice(atCharacter(text, offset));
  const shown = budget.cut(rest, { bytes: 0, tokens: 0 }) ?? rest.slice(0, LEAST_CHARACTERS);
  const end = text.length - rest.length + shown.length;
  return { text: shown, ...(end < text.length && { nextOffset: end }) };
}

/** A window that did not go on would never end. */
const LEAST_CHARACTERS = 64;

/** The offset, or the one before it where it lies between the halves of a character. */
const atCharacter = (text: string, offset: number): number =>
  offset > 0 && LOW_HALF.test(text.charAt(offset)) ? offset - 1 : offset;

const LOW_HALF = /[\udc00-\udfff]/;
