import { ADDED_POINTER } from '../alert/extracted-indicator.js';
import { neutralize } from './neutralize.js';
import { type ContextIndicator, type StoredProvenance } from './alert-context.js';
import { type PushIndicator } from './push-payload.js';

const NORMALIZED = '#/normalized/';
const OCCURRENCES = '#/occurrences';
/** End of a stored pointer that leads to a parent of the value. */
const PARENT_ONLY = '/~…';

type Place = NonNullable<PushIndicator['provenance']>[number];

/** Text that a stored pointer leads to; undefined for another value, or none. */
export type ReadText = (pointer: string) => string | undefined;

const shownPlace = (provenance: readonly StoredProvenance[]): StoredProvenance | undefined =>
  provenance.find(({ pointer }) => pointer.startsWith('/')) ?? provenance[0];

/** The normalised field that the shown place of an indicator is in, if it is in one. */
export function fieldPointedTo(provenance: readonly StoredProvenance[]): string | undefined {
  const pointer = shownPlace(provenance)?.pointer ?? '';
  return pointer.startsWith(NORMALIZED)
    ? pointer.slice(NORMALIZED.length).split('/')[0]
    : undefined;
}

/**
 * Where an indicator stands in a payload: a pointer into it, and the span in the text as it shows it. One place, the
 * sender's payload before a field that was filled from it: the same value elsewhere tells little more.
 */
export function pointInto(
  { value, provenance }: Pick<ContextIndicator, 'value' | 'provenance'>,
  readHidden: ReadText,
): { place: Place; isFoundByValue: boolean }[] {
  const shown = shownPlace(provenance);
  if (!shown) return [];
  const found = narrowedTo(value, shown);
  const { pointer, stated_as: stated = value } = found;
  const span = shownSpan(found, stated, readHidden);
  const added = provenance.find(({ pass }) => pass === 'added');
  const place = {
    pointer: pointerInPush(pointer),
    ...(stated !== value && { stated_as: stated }),
    ...(span && { span }),
    ...(added && whoAdded(added)),
  };
  // The whole text of a leaf of the payload, spelled as `value` but for the case of its letters.
  const isLeaf = pointer.startsWith('/') && !pointer.endsWith(PARENT_ONLY);
  const isFoundByValue = isLeaf && !span && !added && stated.toLowerCase() === value.toLowerCase();
  return [{ place, isFoundByValue }];
}

const whoAdded = ({ added_by: addedBy, agent_name: agentName }: StoredProvenance) => ({
  ...(addedBy !== undefined && { added_by: addedBy }),
  ...(agentName !== undefined && { agent_name: agentName }),
});

/** The host of a URL, and whatever else was read out of a longer spelling: its own part of the span. */
function narrowedTo(value: string, place: StoredProvenance): StoredProvenance {
  const [start, end] = place.span ?? [];
  const { stated_as: stated = value } = place;
  if (start === undefined || end === undefined || end - start !== stated.length) return place;
  const at = stated === value ? -1 : stated.indexOf(value);
  if (at === -1) return place;
  return { ...place, stated_as: value, span: [start + at, start + at + value.length] };
}

/** Where a stored place is in the `data` of an answer about the alert, whose fields stand at the top. */
export const pointerInAnswer = (stored: string): string =>
  pointerInPush(stored).replace(/^\/alert(?=\/)/, '');

function pointerInPush(stored: string): string {
  if (stored.startsWith(OCCURRENCES)) return '/alert/links/occurrences';
  if (stored === ADDED_POINTER) return '/alert/links/self';
  const place = stored.endsWith(PARENT_ONLY) ? stored.slice(0, -PARENT_ONLY.length) : stored;
  if (place.startsWith(NORMALIZED)) {
    return `/alert/normalized_fields/${place.slice(NORMALIZED.length)}`;
  }
  return `/alert/raw_payload${place}`;
}

/** The span moves where hidden characters before it are written visibly; a field is its value. */
function shownSpan(
  { pass, span, pointer }: StoredProvenance,
  stated: string,
  readHidden: ReadText,
) {
  const [start, end] = span ?? [];
  if (start === undefined || end === undefined) return undefined;
  if (pass !== 'text' && start === 0 && end === stated.length) return undefined;
  const text = readHidden(pointer);
  if (text === undefined) return [start, end];
  const shown = (position: number) => neutralize(text.slice(0, position)).text.length;
  return [shown(start), shown(end)];
}

/** Reads the texts of a payload by pointer. */
export function textReader(payload: unknown): ReadText {
  return (pointer) => {
    let value: unknown = payload;
    for (const token of pointer.split('/').slice(1)) {
      if (typeof value !== 'object' || value === null) return undefined;
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
      value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    }
    return typeof value === 'string' ? value : undefined;
  };
}
