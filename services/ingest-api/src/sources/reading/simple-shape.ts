import {
  NORMALIZED_FIELDS,
  type NormalizedAlert,
  type NormalizedField,
  readTactics,
  readTechniques,
  spendVisits,
} from '@calseta/common';
import { find } from './find.js';
import { foldKey } from './keys.js';
import { childOf, elementsOf, isRecord, type Located, parseEmbedded } from './located.js';
import { hostsIn, usersIn } from './names-of.js';
import { readStatedIndicators } from './read-stated-indicators.js';
import { type ReadSeverity, readSeverity, severityText } from './severity.js';
import { meaningsOf, type SimpleField } from './simple-names.js';
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

/** Where other names are looked for: at the top and in the alert inside of the body, or in its envelopes too. */
export type Reach = 'near' | 'envelopes';

/** Objects in a body that are the alert itself. */
const ALERTS = ['alert', 'incident', 'detection', 'finding'];
/** Envelopes that are searched when nothing else could be read. */
const ENVELOPES = [
  'event', 'data', 'detail', 'details', 'payload', 'body', 'message', 'result', 'attributes', 'properties', 'object', 'fields',
]; // prettier-ignore

export type SimpleShapes = {
  /** What stands under our own names, in any spelling, at the top of the payload. */
  own: SimpleShape;
  /** The same, completed by what stands under other names within the reach. */
  read: (reach: Reach) => SimpleShape;
};

/** Reads the simple shape in a whole payload. */
export function simpleShapes(whole: Located): SimpleShapes {
  const root = parseEmbedded(whole);
  const names = namesIn(root);
  const ownNames = names.filter(isOwnName);
  const own = readParts(emptyShape(), ownNames, ownNames);
  return {
    own,
    read(reach) {
      const others = holdersIn(root, reach).flatMap((holder) =>
        holder === root ? names.filter((name) => !isOwnName(name)) : namesIn(holder),
      );
      return readParts({ ...own }, others, [...ownNames, ...others]);
    },
  };
}

/** The time and the link of a payload under common names. */
export function readTimeAndLink(whole: Located): Pick<SimpleShape, 'occurredAt' | 'sourceUrl'> {
  const placesOf = placesByField(namesIn(parseEmbedded(whole)));
  return { occurredAt: timeIn(placesOf('occurred_at')), sourceUrl: linkIn(placesOf('source_url')) };
}

/** The alert inside a body comes before the body, and both come before their envelopes. */
function holdersIn(root: Located, reach: Reach): Located[] {
  const inside = (parents: Located[], names: readonly string[]): Located[] =>
    parents
      .filter(mayHoldOne)
      .flatMap((parent) =>
        names.flatMap((name) => find(parent, name).map(parseEmbedded).filter(isObject).slice(0, 1)),
      );
  const near = [...inside([root], ALERTS), root];
  if (reach !== 'envelopes') return near;
  const envelopes = inside([root], ENVELOPES);
  return [...near, ...inside(envelopes, [...ALERTS, 'properties']), ...envelopes];
}

const HOLDERS: ReadonlySet<string> = new Set([...ALERTS, ...ENVELOPES]);

/** Most alerts hold no other object that could be the alert. */
const mayHoldOne = ({ value }: Located): boolean =>
  !isRecord(value) || Object.keys(value).some((key) => HOLDERS.has(foldKey(key)));

const isOwnName = ({ rank }: Named): boolean => rank < 1;

const isObject = ({ value }: Located): boolean => isRecord(value);

/** A key that names a field; of several, those of lower rank come first. */
type Named = { field: SimpleField; rank: number; key: string; holder: Located; name: string };

/** The keys of one object that name a field, most specific first; of one name, the exact spelling comes first. */
function namesIn(holder: Located): Named[] {
  const named: Named[] = [];
  const { value, reading } = holder;
  if (!isRecord(value)) return named;
  for (const name of Object.keys(value)) {
    if (!spendVisits(reading.budget)) break;
    for (const { field, key, rank } of meaningsOf(name)) {
      named.push({ field, key, holder, name, rank: rank + (name === field ? 0 : 0.5) });
    }
  }
  return named.sort((a, b) => a.rank - b.rank);
}

/** Where a field may be, with the key that names it. */
type Place = { key: string; at: Located };
type PlacesOf = (field: SimpleField) => readonly Place[];
const NOWHERE: readonly Place[] = [];

function placesByField(names: readonly Named[]): PlacesOf {
  const places = new Map<SimpleField, Place[]>();
  for (const { field, key, holder, name } of names) {
    const place = { key, at: childOf(holder, name) };
    const known = places.get(field);
    if (known === undefined) places.set(field, [place]);
    else known.push(place);
  }
  return (field) => places.get(field) ?? NOWHERE;
}

/** Parts of the shape that are read one by one; the normalised fields are one part. */
type ShapePart = Exclude<SimpleField, NormalizedField> | 'fields';

const IS_NORMALIZED: ReadonlySet<string> = new Set(NORMALIZED_FIELDS);
const isNormalized = (field: SimpleField): field is NormalizedField => IS_NORMALIZED.has(field);

const partOf = ({ field }: Named): ShapePart => (isNormalized(field) ? 'fields' : field);

type ReadPart = (shape: SimpleShape, placesOf: PlacesOf) => void;

const READERS: Record<ShapePart, ReadPart> = {
  title: (shape, of) => {
    shape.title = firstText(of('title'), isNoJson)?.split('\n', 1)[0]?.trim();
  },
  description: (shape, of) => {
    shape.description = firstText(of('description'));
  },
  severity: (shape, of) => {
    const { severity, severityOriginal } = severityIn(of('severity'));
    shape.severity = severity;
    shape.severityOriginal = severityOriginal;
  },
  occurred_at: (shape, of) => {
    shape.occurredAt = timeIn(of('occurred_at'));
  },
  native_alert_id: (shape, of) => {
    shape.nativeAlertId = firstText(of('native_alert_id'), isIdOfAlert);
  },
  source_rule_id: (shape, of) => {
    shape.sourceRuleId = firstText(of('source_rule_id'));
  },
  source_rule_name: (shape, of) => {
    shape.sourceRuleName = firstText(of('source_rule_name'));
  },
  source_url: (shape, of) => {
    shape.sourceUrl = linkIn(of('source_url'));
  },
  status: (shape, of) => {
    shape.status = firstText(of('status'));
  },
  tags: (shape, of) => {
    shape.tags = firstList(of('tags'), textsIn);
  },
  mitre_tactics: (shape, of) => {
    shape.mitreTactics = readTactics(firstList(of('mitre_tactics'), textsIn));
  },
  mitre_techniques: (shape, of) => {
    shape.mitreTechniques = readTechniques(firstList(of('mitre_techniques'), textsIn));
  },
  hosts: (shape, of) => {
    shape.hosts = firstList(of('hosts'), hostsIn);
  },
  users: (shape, of) => {
    shape.users = firstList(of('users'), usersIn);
  },
  fields: (shape, of) => {
    shape.fields = normalizedFields(of);
  },
  indicators: (shape, of) => {
    const { statedIndicators, notes } = indicatorsIn(of('indicators'));
    shape.statedIndicators = statedIndicators;
    shape.notes = notes;
  },
};

/** Reads the parts that the first names are of into a shape, from the places of all names. */
function readParts(
  shape: SimpleShape,
  named: readonly Named[],
  names: readonly Named[],
): SimpleShape {
  if (named.length === 0) return shape;
  const parts = new Set(named.map(partOf));
  const placesOf = placesByField(names.filter((name) => parts.has(partOf(name))));
  for (const part of parts) READERS[part](shape, placesOf);
  return shape;
}

/** The shape of a payload that has none of the names. */
export const emptyShape = (): SimpleShape => ({
  title: undefined,
  description: undefined,
  severity: 'Pending',
  severityOriginal: undefined,
  occurredAt: undefined,
  nativeAlertId: undefined,
  sourceRuleId: undefined,
  sourceRuleName: undefined,
  sourceUrl: undefined,
  status: undefined,
  tags: [],
  mitreTactics: [],
  mitreTechniques: [],
  hosts: [],
  users: [],
  fields: {},
  statedIndicators: [],
  notes: [],
});

type IsFit = (text: string, key: string) => boolean;

const isNoJson = (title: string): boolean => !/^[[{]\s*["{[]/.test(title);

/** Names that often mean something other than the alert's id: Windows uses them for the kind of an event. */
const DOUBTFUL_IDS = new Set(['id', 'eventid']);
const MIN_DOUBTFUL_CHARACTERS = 5;

/** Equal ids would merge different alerts, so under a doubtful name an id must look like one. */
const isIdOfAlert = (id: string, key: string): boolean =>
  !DOUBTFUL_IDS.has(key) ||
  (id.length >= MIN_DOUBTFUL_CHARACTERS && /\d/.test(id) && !/^\d{1,7}$/.test(id));

const linkIn = (places: readonly Place[]): string | undefined =>
  firstText(places, (link) => /^https?:\/\/\S+$/i.test(link));

function firstText(places: readonly Place[], isFit: IsFit = () => true): string | undefined {
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
  const fields: NormalizedAlert['fields'] = {};
  for (const field of NORMALIZED_FIELDS) {
    const texts = firstList(placesOf(field), textsIn);
    const [only] = texts;
    if (only !== undefined) fields[field] = texts.length === 1 ? only : texts;
  }
  return fields;
}

function indicatorsIn(places: readonly Place[]): Pick<SimpleShape, 'statedIndicators' | 'notes'> {
  const [place] = places;
  if (place === undefined) return { statedIndicators: [], notes: [] };
  const { indicators, notes } = readStatedIndicators(place.at);
  return { statedIndicators: indicators, notes };
}
