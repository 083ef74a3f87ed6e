import { type AppError, storableText } from '@calseta/common';
import { type DecodedPart } from './decode-body.js';
import { malformed, textAround } from './malformed.js';
import { REPAIRS, type Repairs } from './nearly-json/cursor.js';
import { repairText } from './nearly-json/repair-text.js';
import { type TextPlace, placeIn, placeWithin } from './place.js';

export type ParsedItem =
  | ({ kind: 'parsed'; payload: unknown } & DecodedPart)
  /** Not JSON, and not repairable. */
  | ({ kind: 'malformed'; error: AppError } & DecodedPart);

const IN_TEXT = 'The alert came as JSON inside of a JSON text.';
/** Levels of JSON inside JSON strings. */
const MAX_TEXT_LEVELS = 3;
const OPENS = /^\s*[[{"]/;

/** Reads one value at a place of a body; makes unambiguous repairs. */
export function parseItem(part: DecodedPart, place: TextPlace, level = 1): ParsedItem {
  try {
    const item = { kind: 'parsed' as const, payload: JSON.parse(part.text) as unknown, ...part };
    return level < MAX_TEXT_LEVELS ? unpackText(item, place, level) : item;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const result = repairText(part.text);
  if (result.kind === 'repaired') {
    const notes = [...part.notes, noteOf(result.repairs, part.text, place)];
    const payload = JSON.parse(result.text) as unknown;
    return { kind: 'parsed', payload, text: result.text, notes, original: originalOf(part) };
  }
  const { at, expected } = result;
  const report = {
    place: placeWithin(place, placeIn(part.text, at)),
    expected,
    ...textAround(part.text, at),
  };
  return { kind: 'malformed', error: malformed(report), ...part };
}

/** An object or list that was sent as a JSON string is parsed. */
function unpackText(
  item: ParsedItem & { kind: 'parsed' },
  place: TextPlace,
  level: number,
): ParsedItem {
  if (typeof item.payload !== 'string' || !OPENS.test(item.payload)) return item;
  const text = storableText(item.payload);
  const part = { text, notes: [...item.notes, IN_TEXT], original: originalOf(item) };
  const inner = parseItem(part, place, level + 1);
  return inner.kind === 'parsed' ? inner : item;
}

const originalOf = ({ text, original }: DecodedPart): Buffer => original ?? Buffer.from(text);

function noteOf(repairs: Repairs, text: string, place: TextPlace): string {
  const told = [...repairs].map(([kind, { count, firstAt }]) => {
    const { line, column } = placeWithin(place, placeIn(text, firstAt));
    const others = count === 1 ? '' : ` and ${count - 1} more`;
    return `${REPAIRS[kind]} (line ${line}, column ${column}${others})`;
  });
  return `The text is nearly JSON and was repaired: ${told.join('; ')}.`;
}
