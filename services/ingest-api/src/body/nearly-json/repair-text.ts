import { type Cursor, cursorAt, JsonFault, type Repairs, replace } from './cursor.js';
import { readValue } from './read-value.js';
import { skipGap } from './skip-gap.js';

export type RepairedText =
  | { kind: 'repaired'; text: string; repairs: Repairs; steps: number }
  /** `at` is where reading stopped; the end of the text when a string is not closed. */
  | { kind: 'broken'; at: number; expected: string; steps: number };

/**
 * Repairs one object or list that JSON.parse refuses, where the repair is unambiguous. It takes one pass and reads
 * each character a bounded number of times.
 */
export function repairText(text: string): RepairedText {
  const cursor = cursorAt(text, 0);
  try {
    skipGap(cursor);
    assertBegin(cursor);
    readValue(cursor);
    skipGap(cursor);
    dropBrackets(cursor);
    if (cursor.at < text.length) throw new JsonFault(cursor.at, 'the end of the body');
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return { kind: 'broken', at: error.at, expected: error.message, steps: cursor.steps };
  }
  const { out, copiedTo, repairs, steps } = cursor;
  return { kind: 'repaired', text: [...out, text.slice(copiedTo)].join(''), repairs, steps };
}

/** A single word may mean anything, so only text that begins like an alert is repaired. */
function assertBegin({ text, at }: Cursor): void {
  if (text[at] !== '{' && text[at] !== '[') throw new JsonFault(at, 'an object or a list');
}

function dropBrackets(cursor: Cursor): void {
  while (cursor.text[cursor.at] === '}' || cursor.text[cursor.at] === ']') {
    const from = cursor.at;
    cursor.at += 1;
    replace(cursor, 'bracket', { from, to: cursor.at, by: '' });
    skipGap(cursor);
  }
}
