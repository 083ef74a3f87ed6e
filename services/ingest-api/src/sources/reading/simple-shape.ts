import { NORMALIZED_FIELDS, type NormalizedAlert, spendVisits } from '@calseta/common';
import { find } from './find.js';
import { foldKey } from './keys.js';
import { childOf, elementsOf, isRecord, type Located, parseEmbedded } from './located.js';
import { readTactics, readTechniques } from './mitre.js';
import { hostsIn, usersIn } from './names-of.js';
import { readStatedIndicators } from './read-stated-indicators.js';
import { type ReadSeverity, readSeverity, severityText } from './severity.js';
import { MEANINGS, type SimpleField } from './simple-names.js';
import { textOf } from './text.js';
import { readTime } from './time.js';

/** Fields of a payload under our own names, or under other common names for them. */
export type SimpleShape = ReadSeverity &
  Partial<
    Record<
      | 'title'
      | 'description'
      | 'nativeAlertId'
      | 'sourceRuleId'
      | 'sourceRuleName'
      | 'sourceUrl'
      | 'status',
      string | undefined
    >
  > & { occurredAt?: Date | undefined } & Pick<
    NormalizedAlert,
    | 'tags'
    | 'mitreTactics'
    | 'mitreTechniques'
    | 'hosts'
    | 'users'
    | 'fields'
    | 'statedIndicators'
    | 'notes'
  >;

/** Names that are accepted: only our own, common names too, or these in any envelope too. */
export type Reach = 'own_names' | 'spellings' | 'envelopes';

/** Objects in a body that are the alert itself. */
const ALERTS = ['alert', 'incident', 'detection', 'finding'];
/** Envelopes that are searched when nothing else could be read. */
const ENVELOPES = [
  'event', 'data', 'detail', 'details', 'payload', 'body', 'message', 'result', 'attributes', 'properties', 'object', 'fields',
]; // prettier-ignore

/** Reads the simple shape in a whole payload. */
export function readSimpleShape(whole: Located, reach: Reach): SimpleShape {
  const root = parseEmbedded(whole);
  const own = placesIn(root, (rank) => rank === 0);
  const others = reach === 'own_names' ? [] : holdersIn(root, reach);
  const found = [own, ...others.map((holder) => placesIn(holder, () => true))];
  return readFields((field) => found.flatMap((places) => places.get(field) ?? []));
}

/** The alert inside a body comes before the body, and both come before their envelopes. */
function holdersIn(root: Located, reach: Reach): Located[] {
  const inside = (parents: Located[], names: readonly string[]): Located[] =>
    parents.flatMap((parent) =>
      names.flatMap((name) => find(parent, name).map(parseEmbedded).filter(isObject).slice(0, 1)),
    );
  const near = [...inside([root], ALERTS), root];
  if (reach !== 'envelopes') return near;
  const envelopes = inside([root], ENVELOPES);
  return [...near, ...inside(envelopes, [...ALERTS, 'properties']), ...envelopes];
}

const isObject = ({ value }: Located): boolean => isRecord(value);

/** Where a field may be, with the key that names it. */
type Place = { key: string; at: Located };
type Places = ReadonlyMap<SimpleField, readonly Place[]>;

/** The keys of one object that name a field, most specific first; of one name, the exact spelling comes first. */
function placesIn(holder: Located, isWanted: (rank: number) => boolean): Places {
  const ranked = new Map<SimpleField, (Place & { rank: number })[]>();
  const { value, reading } = holder;
  if (!isRecord(value)) return ranked;
  for (const name of Object.keys(value)) {
    if (!spendVisits(reading.budget)) break;
    const key = foldKey(name);
    for (const { field, rank: nameRank } of MEANINGS.get(key) ?? []) {
      if (!isWanted(nameRank)) continue;
      const places = ranked.get(field) ?? [];
      places.push({ key, at: childOf(holder, name), rank: nameRank + (name === field ? 0 : 0.5) });
      ranked.set(field, places);
    }
  }
  for (const places of ranked.values()) places.sort((a, b) => a.rank - b.rank);
  return ranked;
}

type PlacesOf = (field: SimpleField) => readonly Place[];

function readFields(placesOf: PlacesOf): SimpleShape {
  const text = (field: SimpleField, isFit: (text: string, key: string) => boolean = () => true) =>
    firstText(placesOf(field), isFit);
  const list = (field: SimpleField) => firstList(placesOf(field), textsIn);
  return {
    title: text('title', isNoJson)?.split('\n', 1)[0]?.trim(),
    description: text('description'),
    ...severityIn(placesOf('severity')),
    occurredAt: timeIn(placesOf('occurred_at')),
    nativeAlertId: text('native_alert_id', isIdOfAlert),
    sourceRuleId: text('source_rule_id'),
    sourceRuleName: text('source_rule_name'),
    sourceUrl: text('source_url', (link) => /^https?:\/\/\S+$/i.test(link)),
    status: text('status'),
    tags: list('tags'),
    mitreTactics: readTactics(list('mitre_tactics')),
    mitreTechniques: readTechniques(list('mitre_techniques')),
    hosts: firstList(placesOf('hosts'), hostsIn),
    users: firstList(placesOf('users'), usersIn),
    fields: normalizedFields(placesOf),
    ...indicatorsIn(placesOf('indicators')),
  };
}

const isNoJson = (title: string): boolean => !/^[[{]\s*["{[]/.test(title);

/** Names that often mean something other than the alert's id: Windows uses them for the kind of an event. */
const DOUBTFUL_IDS = new Set(['id', 'eventid']);
const MIN_DOUBTFUL_CHARACTERS = 5;

/** Equal ids would merge different alerts, so under a doubtful name an id must look like one. */
const isIdOfAlert = (id: string, key: string): boolean =>
  !DOUBTFUL_IDS.has(key) ||
  (id.length >= MIN_DOUBTFUL_CHARACTERS && /\d/.test(id) && !/^\d{1,7}$/.test(id));

function firstText(
  places: readonly Place[],
  isFit: (text: string, key: string) => boolean,
): string | undefined {
  for (const { key, at } of places) {
    for (const element of elementsOf(at)) {
      const text = textOf(element.value);
      if (text !== undefined && isFit(text, key)) return text;
    }
  }
  return undefined;
}

function firstList(places: readonly Place[], read: (at: Located) => string[]): string[] {
  for (const { at } of places) {
    const texts = read(at);
    if (texts.length > 0) return texts;
  }
  return [];
}

/** More than an alert keeps. */
const MAX_TEXTS = 1_000;

function textsIn(at: Located): string[] {
  const texts = new Set<string>();
  for (const element of elementsOf(parseEmbedded(at))) {
    const text = textOf(element.value);
    if (text !== undefined) texts.add(text);
    if (texts.size >= MAX_TEXTS) break;
  }
  return [...texts];
}

function severityIn(places: readonly Place[]): ReadSeverity {
  const texts = places.flatMap(({ at }) =>
    [...elementsOf(at)].slice(0, 1).map(({ value }) => severityText(value)),
  );
  return readSeverity(texts);
}

function timeIn(places: readonly Place[]): Date | undefined {
  for (const { at } of places) {
    for (const element of elementsOf(at)) {
      const time = readTime(element.value);
      if (time) return time;
    }
  }
  return undefined;
}

function normalizedFields(placesOf: PlacesOf): NormalizedAlert['fields'] {
  const filled = NORMALIZED_FIELDS.flatMap((field) => {
    const texts = firstList(placesOf(field), textsIn);
    const [only, ...others] = texts;
    return only === undefined ? [] : [[field, others.length === 0 ? only : texts] as const];
  });
  return Object.fromEntries(filled);
}

function indicatorsIn(places: readonly Place[]): Pick<SimpleShape, 'statedIndicators' | 'notes'> {
  const [place] = places;
  if (place === undefined) return { statedIndicators: [], notes: [] };
  const { indicators, notes } = readStatedIndicators(place.at);
  return { statedIndicators: indicators, notes };
}
