import { readTlp, strictestTlp, type Tlp, tlpOfTags } from '@calseta/common';

/** How deep a payload states its TLP: `tlp`, `alert.tlp`, `object.properties.tlp`. */
export const MAX_TLP_DEPTH = 3;
/** Keys that are looked at, the outer ones first. */
export const MAX_TLP_KEYS = 2_000;

const TLP_KEY = /(?:^|[._-])(?:tlp|traffic_?light_?protocol)(?:[_-]?(?:level|marking|label))?$/i;
const TAGS_KEY = /(?:^|[._-])(?:tags?|labels?|markings?)$/i;

/** The strictest TLP that a payload states, in a field of that name or among its tags. */
export function payloadTlp(payload: unknown): Tlp | undefined {
  const found: (Tlp | undefined)[] = [];
  let level: unknown[] = [payload];
  let keys = 0;
  for (let depth = 0; depth < MAX_TLP_DEPTH && level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const [key, value] of level.flatMap(entriesOf)) {
      if (++keys > MAX_TLP_KEYS) return strictestTlp(found);
      if (TLP_KEY.test(key)) found.push(...listOf(value).map(readTlp));
      else if (TAGS_KEY.test(key)) found.push(tlpOfTags(listOf(value).flatMap(tagOf)));
      else next.push(value);
    }
    level = next;
  }
  return strictestTlp(found);
}

const entriesOf = (value: unknown): [string, unknown][] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).slice(0, MAX_TLP_KEYS);
};

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value.slice(0, MAX_TLP_KEYS) : [value];

/** A tag is a text, or an object with a name, as MISP sends them. */
function tagOf(tag: unknown): string[] {
  if (typeof tag === 'string') return tag.split(',');
  const name =
    typeof tag === 'object' && tag !== null ? (tag as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? [name] : [];
}
