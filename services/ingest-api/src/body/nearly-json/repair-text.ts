import { type Cursor, cursorAt, Fault, type Repairs, replace } from './cursor.js';
import { readValue } from './read-value.js';
import { skipGap } from './skip-gap.js';

export type RepairedText =
  | { kind: 'repaired'; text: string; repairs: Repairs; steps: number }
  /** `at` is where reading stopped: the end of the text, for a text in it that does not end. */
  | { kind: 'broken'; at: number; expected: string; steps: number };

/**
 * Makes JSON of one object or list that is nearly JSON, where that can mean only one thing. Meant for text that
 * JSON.parse refuses. One pass: it looks at each character a bounded number of times.
 */
export function repairText(text: string): RepairedText {
  const cursor = cursorAt(text, 0);
  try {
    skipGap(cursor);
    assertBegin(cursor);
    readValue(cursor);
    skipGap(cursor);
    dropBrackets(cursor);
    if (cursor.at < text.length) throw new Fault(cursor.at, 'the end of the body');
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { kind: 'broken', at: error.at, expected: error.message, steps: cursor.steps };
  }
  const { out, copiedTo, repairs, steps } = cursor;
  return { kind: 'repaired', text: [...out, text.slice(copiedTo)].join(''), repairs, steps };
}

/** A lone word may be anything, so that only what begins like an alert is one. */
function assertBegin({ text, at }: Cursor): void {
  if (text[at] !== '{' && text[at] !== '[') throw new Fault(at, 'an object or a list');
}

function dropBrackets(cursor: Cursor): void {
  while (cursor.text[cursor.at] === '}' || cursor.text[cursor.at] === ']') {
    const from = cursor.at;
    cursor.at += 1;
    replace(cursor, 'bracket', { from, to: cursor.at, by: '' });
    skipGap(cursor);
  }
}
