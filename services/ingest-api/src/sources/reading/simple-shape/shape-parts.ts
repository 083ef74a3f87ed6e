import {
  NORMALIZED_FIELDS,
  type NormalizedAlert,
  type NormalizedField,
  readTactics,
  readTechniques,
} from '@calseta/common';
import { hostsIn, usersIn } from '../names-of.js';
import { type ReadSeverity } from '../severity.js';
import { type Named, placesByField, type PlacesOf } from './named-places.js';
import {
  firstList,
  firstText,
  indicatorsIn,
  isIdOfAlert,
  isNoJson,
  linkIn,
  normalizedFields,
  severityIn,
  textsIn,
  timeIn,
} from './read-places.js';
import { type SimpleField } from './simple-names.js';

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
export function readParts(
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
