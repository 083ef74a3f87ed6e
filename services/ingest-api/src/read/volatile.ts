import { remembered, REMEMBERED_KEYS } from '@calseta/common';
import { isConsoleLinkKey, type KeyWords, keyWords } from '@calseta/indicators';
import { readTime } from '../sources/reading/time.js';

/** Kinds of values under a key that change between messages about the same thing. */
type VolatileKey = { isTime: boolean; isCounter: boolean; isSequence: boolean; isLink: boolean };
/** Of most keys. */
const STEADY: VolatileKey = { isTime: false, isCounter: false, isSequence: false, isLink: false };

const TIMES = new Set([
  'time', 'timestamp', 'timestamps', 'ts', 'date', 'datetime', 'at', 'epoch', 'seen', 'when', 'created', 'updated', 'modified',
  'generated', 'received', 'ingested', 'observed', 'occurred', 'detected', 'started', 'ended', 'start', 'end', 'expires',
  'indextime', 'eventtime', 'starttime', 'endtime', 'createdtime', 'firsttime', 'lasttime', 'utc',
]); // prettier-ignore
const COUNTERS = new Set([
  'count', 'counts', 'counter', 'hits', 'total', 'occurrences', 'repeats', 'firedtimes', 'eventcount', 'resultcount', 'hitcount',
]); // prettier-ignore
const SEQUENCES = new Set([
  'sid', 'searchid', 'searchjobid', 'seq', 'seqno', 'seqnum', 'sequence', 'sequenceno', 'sequencenumber', 'sequenceid', 'offset',
  'serial', 'recordnumber', 'eventrecordid', 'eventrecordnumber', 'linenumber',
]); // prettier-ignore

const volatileKey = remembered(
  (key) => analyze(keyWords(key.slice(-REMEMBERED_KEYS.maxCharacters))),
  REMEMBERED_KEYS,
);

function analyze(key: KeyWords): VolatileKey {
  const last = key.words.at(-1) ?? '';
  const isOneOf = (names: ReadonlySet<string>) => names.has(last) || names.has(key.squashed);
  const kind = {
    isTime: isOneOf(TIMES) || key.words[0] === 'date' || key.words.includes('time'),
    isCounter: isOneOf(COUNTERS) || /^(?:number|num)of/.test(key.squashed),
    isSequence: SEQUENCES.has(key.squashed),
    isLink: isConsoleLinkKey(key),
  };
  return Object.values(kind).includes(true) ? kind : STEADY;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?[\d.,:+\-Z ]{0,24}$/i;
const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?$/;
const CLOCK = /^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?$/;
const LINK = /^https?:\/\//i;
const MAX_SEQUENCE_CHARACTERS = 256;

/**
 * Whether a leaf of a payload is a time, a counter, a sequence number, the id of a search, or a link into the
 * sender's product, and so changes while the subject stays the same. Key and value must both match; only a full
 * date with time counts under any key.
 */
export function isVolatile(key: string, value: unknown): boolean {
  if (typeof value === 'number') {
    const kind = volatileKey(key);
    return kind.isCounter || kind.isSequence || (kind.isTime && isTimeNumber(value, key));
  }
  if (typeof value !== 'string') return false;
  if (INSTANT.test(value)) return true;
  const kind = volatileKey(key);
  return kind !== STEADY && isVolatileText(kind, key, value);
}

function isVolatileText(kind: VolatileKey, key: string, value: string): boolean {
  const isNumber = NUMBER.test(value);
  return (
    (kind.isTime &&
      (CLOCK.test(value) ||
        (isNumber ? isTimeNumber(Number(value), key) : readTime(value) !== undefined))) ||
    (kind.isCounter && isNumber) ||
    (kind.isSequence && value.length <= MAX_SEQUENCE_CHARACTERS) ||
    (kind.isLink && LINK.test(value))
  );
}

/** Splunk writes the parts of a time under `date_hour`, `date_wday` and the like. */
const isTimeNumber = (value: number, key: string): boolean =>
  readTime(value) !== undefined || key.startsWith('date_');
