import { ownKey } from './keys.js';
import { childOf, isRecord, type Located, parseEmbedded } from './located.js';

const MAX_ENVELOPES = 6;

/**
 * Peels envelopes: while the value holds one of the keys with an object (or JSON text) in it, goes inside.
 * `stop` says that this is the alert itself, whatever it contains.
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
