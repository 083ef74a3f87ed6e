import { ownKey } from './keys.js';
import { childOf, isRecord, type Located, parseEmbedded } from './located.js';

const MAX_ENVELOPES = 6;

/**
 * Opens envelopes: while one of the keys holds an object (or JSON text), goes into it. `stop` returns true for the
 * alert itself, whatever it contains.
 */
export function unwrap(
  from: Located,
  keys: readonly string[],
  stop: (value: Record<string, unknown>) => boolean = () => false,
): Located {
  let at = from;
  for (let peeled = 0; peeled < MAX_ENVELOPES; peeled++) {
    const { value } = at;
    if (!isRecord(value) || stop(value)) return at;
    const inner = innerOf(at, value, keys);
    if (inner === undefined) return at;
    at = inner;
  }
  return at;
}

function innerOf(
  at: Located,
  value: Record<string, unknown>,
  keys: readonly string[],
): Located | undefined {
  for (const name of keys) {
    const key = ownKey(value, name);
    const inner = key === undefined ? undefined : parseEmbedded(childOf(at, key));
    if (inner && isRecord(inner.value)) return inner;
  }
  return undefined;
}
