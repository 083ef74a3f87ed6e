/** A text with escapes undone; its character `i` begins at `starts[i]` of the original. */
export type Reading = { text: string; starts: Uint32Array };

/** JSON in JSON in a form field has three layers; deeper ones stay escaped. */
const MAX_LAYERS = 4;

const ESCAPE =
  /%(?<url>[0-9a-f]{2})|\\u(?<json>[0-9a-f]{4})|\\x(?<hex>[0-9a-f]{2})|&#x(?<html16>[0-9a-f]{1,6});|&#(?<html10>\d{1,7});|&(?<name>amp|lt|gt|quot|apos|plus|equals|sol|colon);|\\(?<sign>[^\w\s])/gi;

const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  plus: '+',
  equals: '=',
  sol: '/',
  colon: ':',
};

/** The text itself, and the text after undoing each further layer of URL, JSON and HTML escapes. */
export function readingsOf(original: string): Reading[] {
  let reading: Reading = { text: original, starts: identity(original.length) };
  const readings = [reading];
  while (readings.length <= MAX_LAYERS) {
    const next = unescapeOnce(reading);
    if (next === undefined) break;
    readings.push(next);
    reading = next;
  }
  return readings;
}

/** Undefined when there are no escapes. */
function unescapeOnce({ text, starts }: Reading): Reading | undefined {
  const pieces: string[] = [];
  const kept = new Uint32Array(text.length + 1);
  let length = 0;
  let done = 0;
  const copyUntil = (end: number): void => {
    pieces.push(text.slice(done, end));
    kept.set(starts.subarray(done, end), length);
    length += end - done;
    done = end;
  };
  for (const match of text.matchAll(ESCAPE)) {
    const character = meant(match.groups ?? {});
    if (character === undefined) continue;
    copyUntil(match.index);
    pieces.push(character);
    kept[length] = starts[match.index] ?? 0;
    length += 1;
    done = match.index + match[0].length;
  }
  if (done === 0) return undefined;
  copyUntil(text.length);
  kept[length] = starts[text.length] ?? 0;
  return { text: pieces.join(''), starts: kept.subarray(0, length + 1) };
}

/** The character of an escape; undefined beyond ASCII, which our secrets do not contain. */
function meant(groups: Record<string, string | undefined>): string | undefined {
  const { url, json, hex, html16, html10, name, sign } = groups;
  if (sign !== undefined) return sign;
  if (name !== undefined) return NAMED[name.toLowerCase()];
  const digits = url ?? json ?? hex ?? html16;
  const code = digits === undefined ? Number(html10) : Number.parseInt(digits, 16);
  return code < 0x80 ? String.fromCharCode(code) : undefined;
}

function identity(length: number): Uint32Array {
  const starts = new Uint32Array(length + 1);
  for (let index = 0; index <= length; index += 1) starts[index] = index;
  return starts;
}
