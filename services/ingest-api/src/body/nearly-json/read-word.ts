import { type Cursor, JsonFault, replace, take } from './cursor.js';

const WORD = /[\w.+:@%$/-]+/y;
const KEY = /[A-Za-z_$@][\w$.@-]*/y;
const JSON_WORD = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
/** Spellings of `true`, `false` and `null` in JavaScript, Python, Go and others. */
const CONSTANTS: Readonly<Record<string, string>> = {
  true: 'true',
  false: 'false',
  null: 'null',
  none: 'null',
  nil: 'null',
  nan: 'null',
  undefined: 'null',
  infinity: 'null',
  '-infinity': 'null',
  '+infinity': 'null',
};

/** Reads a value that is no string, list or object; an invalid one becomes a string with the same characters. */
export function readWord(cursor: Cursor): void {
  const from = cursor.at;
  const word = take(cursor, WORD);
  if (word === undefined) throw new JsonFault(from, 'a value');
  if (JSON_WORD.test(word)) return;
  const lower = word.toLowerCase();
  const constant = Object.hasOwn(CONSTANTS, lower) ? CONSTANTS[lower] : undefined;
  const by = constant ?? JSON.stringify(word);
  replace(cursor, constant === undefined ? 'word' : 'constant', { from, to: cursor.at, by });
}

/** Reads a key without quotes, as in JavaScript. */
export function readBareKey(cursor: Cursor): void {
  const from = cursor.at;
  const key = take(cursor, KEY);
  if (key === undefined) throw new JsonFault(from, 'a key in double quotes');
  replace(cursor, 'key', { from, to: cursor.at, by: JSON.stringify(key) });
}
