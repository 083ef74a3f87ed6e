import { NORMALIZED_FIELDS, type NormalizedAlert } from '@calseta/common';
import { elementsOf, type Located, parseEmbedded } from '../located.js';
import { readStatedIndicators } from '../read-stated-indicators.js';
import { type ReadSeverity, readSeverity, severityText } from '../severity.js';
import { textOf } from '../text.js';
import { readTime } from '../time.js';
import { type Place, type PlacesOf } from './named-places.js';

type IsFit = (text: string, key: string) => boolean;

export const isNoJson = (title: string): boolean => !/^[[{]\s*["{[]/.test(title);

/** Names that often mean something other than the alert's id: Windows uses them for the kind of an event. */
const DOUBTFUL_IDS = new Set(['id', 'eventid']);
const MIN_DOUBTFUL_CHARACTERS = 5;

/** Equal ids would merge different alerts, so under a doubtful name an id must look like one. */
export const isIdOfAlert = (id: string, key: string): boolean =>
  !DOUBTFUL_IDS.has(key) ||
  (id.length >= MIN_DOUBTFUL_CHARACTERS && /\d/.test(id) && !/^\d{1,7}$/.test(id));

export const linkIn = (places: readonly Place[]): string | undefined =>
  firstText(places, (link) => /^https?:\/\/\S+$/i.test(link));

export function firstText(places: readonly Place[], isFit: IsFit = () => true): string | undefined {
  for (const { key, at } of places) {
    for (const element of elementsOf(at)) {
      const text = textOf(element.value);
      if (text !== undefined && isFit(text, key)) return text;
    }
  }
  return undefined;
}

export function firstList(places: readonly Place[], read: (at: Located) => string[]): string[] {
  for (const { at } of places) {
    const texts = read(at);
    if (texts.length > 0) return texts;
  }
  return [];
}

/** More than an alert keeps. */
const MAX_TEXTS = 1_000;

export function textsIn(at: Located): string[] {
  const texts = new Set<string>();
  for (const element of elementsOf(parseEmbedded(at))) {
    const text = textOf(element.value);
    if (text !== undefined) texts.add(text);
    if (texts.size >= MAX_TEXTS) break;
  }
  return [...texts];
}

export function severityIn(places: readonly Place[]): ReadSeverity {
  const texts = places.flatMap(({ at }) =>
    [...elementsOf(at)].slice(0, 1).map(({ value }) => severityText(value)),
  );
  return readSeverity(texts);
}

export function timeIn(places: readonly Place[]): Date | undefined {
  for (const { at } of places) {
    for (const element of elementsOf(at)) {
      const time = readTime(element.value);
      if (time) return time;
    }
  }
  return undefined;
}

export function normalizedFields(placesOf: PlacesOf): NormalizedAlert['fields'] {
  const fields: NormalizedAlert['fields'] = {};
  for (const field of NORMALIZED_FIELDS) {
    const texts = firstList(placesOf(field), textsIn);
    const [only] = texts;
    if (only !== undefined) fields[field] = texts.length === 1 ? only : texts;
  }
  return fields;
}

export function indicatorsIn(
  places: readonly Place[],
): Pick<NormalizedAlert, 'statedIndicators' | 'notes'> {
  const [place] = places;
  if (place === undefined) return { statedIndicators: [], notes: [] };
  const { indicators, notes } = readStatedIndicators(place.at);
  return { statedIndicators: indicators, notes };
}
