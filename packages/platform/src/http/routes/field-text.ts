const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
const COLON = 0x3a;
const COMMA = 0x2c;

/**
 * The JSON text of one field of an object, as it was sent: digits, escapes and the order of keys stay. `bytes` is valid
 * JSON. Of a field that is given twice the last one counts, as for JSON.parse. Undefined without such a field.
 */
export function fieldText(bytes: Buffer, field: string): string | undefined {
  let found: string | undefined;
  let depth = 0;
  let keyFrom = 0;
  let valueFrom: number | undefined;
  const endValue = (end: number): void => {
    if (valueFrom === undefined) return;
    const key: unknown = JSON.parse(bytes.toString('utf8', keyFrom, valueFrom - 1));
    if (key === field) found = bytes.toString('utf8', valueFrom, end).trim();
    valueFrom = undefined;
  };
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === QUOTE) index = endOfString(bytes, index);
    else if (OPENING.has(byte)) {
      depth += 1;
      if (depth === 1) keyFrom = index + 1;
    } else if (CLOSING.has(byte)) {
      if (depth === 1) endValue(index);
      depth -= 1;
    } else if (depth === 1 && byte === COLON) valueFrom = index + 1;
    else if (depth === 1 && byte === COMMA) {
      endValue(index);
      keyFrom = index + 1;
    }
  }
  return found;
}

/** Position of the closing quote of a string that opens at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let index = start + 1;
  while (index < bytes.length && bytes[index] !== QUOTE) {
    index += bytes[index] === BACKSLASH ? 2 : 1;
  }
  return index;
}
