import { MAX_ROLE_SEGMENTS } from '../values/limits.js';
import { toPointer } from '../values/pointer.js';
import { type AnalyzedKey, hintFor, namelessKey } from './analyzed-key.js';
import { type KeyHint } from '../vocabulary/key-hints.js';
import { isOfProduct } from './skip-rules.js';

/** A place in the payload, as a chain up to the root. Going down copies nothing. */
export type Place = {
  up: Place | undefined;
  /** Key or index below `up`; undefined for the content of a string. */
  step: string | number | undefined;
  /** Key that names the value. List entries and `{ value: … }` take the one above. */
  key: AnalyzedKey;
  /** Key above `key`. */
  parentKey: AnalyzedKey | undefined;
  /** Object that has the value as a field. */
  owner: Readonly<Record<string, unknown>> | undefined;
  isHashForbidden: boolean;
  depth: number;
  embedded: number;
};

/** Keys of wrappers. Their values are named by the key above. */
const TRANSPARENT = new Set([
  'value', 'values', 'val', 'item', 'items', 'list', 'entry', 'entries', 'data', 'properties', 'attributes', 'body', 'object', 'stringvalue',
]); // prettier-ignore

export const rootPlace: Place = {
  up: undefined,
  step: undefined,
  key: namelessKey,
  parentKey: undefined,
  owner: undefined,
  isHashForbidden: false,
  depth: 0,
  embedded: 0,
};

/** The place of a list entry, or of the content of a string. */
export const inside = (up: Place, step: number | undefined, embedded: number): Place => ({
  up,
  step,
  key: up.key,
  parentKey: up.parentKey,
  owner: undefined,
  isHashForbidden: up.isHashForbidden,
  depth: up.depth + 1,
  embedded,
});

const parentKeyAt = ({ key, parentKey }: Place): AnalyzedKey =>
  key.isUserPart && parentKey?.describesAccount ? parentKey : key;

/** The place of a field with the key `own`. */
export function fieldPlace(
  up: Place,
  step: Place['step'],
  own: AnalyzedKey,
  owner?: Place['owner'],
): Place {
  const isWrapping =
    up.key !== namelessKey && own.segments.length === 1 && TRANSPARENT.has(own.squashed);
  return {
    up,
    step,
    key: isWrapping ? up.key : own,
    parentKey: isWrapping ? up.parentKey : parentKeyAt(up),
    owner: isWrapping ? (up.owner ?? owner) : owner,
    isHashForbidden: up.isHashForbidden || own.forbidsHash,
    depth: up.depth + 1,
    embedded: up.embedded,
  };
}

export const hintAt = ({ key, parentKey }: Place): KeyHint | undefined => hintFor(key, parentKey);

/** Whether a URL at this place leads to the sender's product. The `links` of an e-mail do not. */
export function leadsIntoProduct({ key, parentKey, up }: Place): boolean {
  if (key.isConsoleLink) return !(key.squashed === 'links' && parentKey?.ownHint === 'email');
  if (!key.isLinkName || !parentKey) return false;
  let holder = up;
  while (holder?.key === key) holder = holder.up;
  return isOfProduct(parentKey, holder?.parentKey);
}

/** The JSON Pointer of a place, of limited length. The content of a string has the pointer of the string. */
export function pointerOf(place: Place): string {
  const steps: (string | number)[] = [];
  for (let at: Place | undefined = place; at; at = at.up) {
    if (at.step !== undefined && at.embedded === 0) steps.push(at.step);
  }
  return toPointer(steps.reverse());
}

/** The squashed key segments from the root to a place; only the innermost if there are very many. */
export function keySegmentsOf(place: Place): string[] {
  const segments: string[] = [];
  let last: AnalyzedKey | undefined;
  for (let at: Place | undefined = place; at && segments.length < MAX_ROLE_SEGMENTS; at = at.up) {
    if (at.key !== last) segments.push(...at.key.segments.toReversed());
    last = at.key;
  }
  return segments.slice(0, MAX_ROLE_SEGMENTS).reverse();
}
