import { ENVELOPE_KEY, type IndicatorType } from '@calseta/common';
import {
  MAX_WALK_DEPTH,
  MAX_EMBEDDED_DEPTH,
  MAX_LEAVES,
  MAX_TEXT_CHARACTERS,
  MAX_TOTAL_TEXT_CHARACTERS,
} from '../values/limits.js';
import { isSelfLink } from './own-links.js';
import { refang } from '../values/refang.js';
import { type Spelling, type Written, createSpelling } from './spelling.js';
import { type Table, readTable, recordOf } from './table.js';
import { type TextPolicy } from '../text/finding.js';
import { BLANK, kindsIn, mayHoldIndicator } from '../text/glance.js';
import { type AnalyzedKey, type KeyReader, createKeyReader, namelessKey } from './analyzed-key.js';
import { parseEmbeddedJson, readEmbeddedXml } from './embedded.js';
import { type Entity, readEntity } from './entities.js';
import { type KeyHint } from '../vocabulary/key-hints.js';
import { type Labels, labelsOf, noLabels } from './labelled.js';
import { type Place, fieldPlace, hintAt, inside, leadsIntoProduct, rootPlace } from './place.js';
import { type WholeValue, readValues } from './read-leaf.js';
import { isProgram, isTenantName, withRealm } from './realm.js';

export type WalkSink = {
  whole(type: IndicatorType, value: string, written: Written, place: Place): void;
  text(text: string, policy: TextPolicy, place: Place): void;
  id(value: string): void;
  /** Receives URLs of the sender's own product. */
  ownLink(url: string): void;
  isIgnored(place: Place, value: unknown): boolean;
};

const SHORTEST_VALUE = 3;
const MAX_PLAIN_CHARACTERS = 32;
const LONG_TEXT_CHARACTERS = 80;
const LONGEST_WHOLE_VALUE = 2_048;
const TIMESTAMP =
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d))?)?$/i;
/** Hashes as Sysmon writes them: `MD5=…,SHA256=…`. */
const LABELLED_HASH = /\b(?:md5|sha1|sha256)=[0-9a-f]{32}/i;
const PAIR_NAME = /^[A-Za-z][\w -]{0,39}$/;

type Walk = { sink: WalkSink; keyOf: KeyReader; leaves: number; characters: number };

/** Walks a payload of any vendor and passes whole values and texts to the sink. Skips what cannot be an indicator. */
export function walkFields(payload: unknown, sink: WalkSink): void {
  visit({ sink, keyOf: createKeyReader(), leaves: 0, characters: 0 }, payload, rootPlace);
}

function visit(walk: Walk, node: unknown, place: Place): void {
  if (walk.leaves >= MAX_LEAVES || place.depth > MAX_WALK_DEPTH) return;
  if (Array.isArray(node)) {
    visitList(walk, node, place);
  } else if (typeof node === 'object' && node !== null) {
    visitObject(walk, node as Record<string, unknown>, place);
  } else {
    walk.leaves += 1;
    if (typeof node === 'string') visitString(walk, node, place);
    else if (typeof node === 'number' && place.key.isId) walk.sink.id(String(node));
  }
}

function visitList(walk: Walk, list: readonly unknown[], place: Place): void {
  const [name, value] = list;
  if (list.length === 2 && typeof name === 'string' && isPair(walk, name, value)) {
    const next = fieldPlace(place, 1, walk.keyOf(name));
    visitField(walk, value, next);
    return;
  }
  for (const [index, entry] of list.entries()) {
    if (walk.leaves >= MAX_LEAVES) return;
    const next = inside(place, index, place.embedded);
    if (!walk.sink.isIgnored(next, entry)) visit(walk, entry, next);
  }
}

/** Whether a list of two is a named value: `["User", "guest"]` is; `["a.com", "b.com"]` and `["read", "write"]` are not. */
function isPair(walk: Walk, name: string, value: unknown): boolean {
  if (!PAIR_NAME.test(name) || name === value) return false;
  const key = walk.keyOf(name);
  return (
    key.ownHint !== undefined ||
    key.isSkipped ||
    key.isMessageId ||
    (typeof value === 'object' && value !== null)
  );
}

type Fields = Readonly<Record<string, unknown>>;

function visitObject(walk: Walk, object: Fields, place: Place): void {
  if (isForgeEntity(object)) return;
  const table = readTable(object);
  if (table) visitTable(walk, table, place);
  visitFields(walk, table?.rest ?? object, place);
}

function visitTable(walk: Walk, table: Table, place: Place): void {
  const { rowsName, columns, rows } = table;
  const below = fieldPlace(place, rowsName, namelessKey);
  for (const [index, row] of rows.entries()) {
    const record = recordOf(table, row);
    const at = inside(below, index, place.embedded);
    for (const [column, value] of row.slice(0, columns.length).entries()) {
      if (walk.leaves >= MAX_LEAVES) return;
      const name = columns[column] ?? '';
      visitField(walk, value, fieldPlace(at, column, walk.keyOf(name), record));
    }
  }
}

function visitFields(walk: Walk, object: Fields, place: Place): void {
  const names = namesIn(object, place);
  const keys = names.map(walk.keyOf);
  const { entity, labelFor } = keys.some(mayName)
    ? {
        entity: visitEntity(walk, object, place),
        labelFor: labelsOf(object, names, keys, walk.keyOf),
      }
    : NOTHING_NAMED;
  for (let index = 0; index < names.length && walk.leaves < MAX_LEAVES; index += 1) {
    const name = names[index] ?? '';
    const key = keys[index] ?? namelessKey;
    if (key.isSkipped) {
      if (holdsEvents(key, object[name]))
        visitField(walk, object[name], fieldPlace(place, name, namelessKey));
      continue;
    }
    if (entity?.keys.includes(name)) continue;
    const label = labelFor(index);
    if (label === undefined) visitMember(walk, object, name, key, place);
    else visitField(walk, object[name], fieldPlace(place, name, walk.keyOf(label), object));
  }
}

/** What an envelope says beside its alerts is about no party of this one. */
const namesIn = (object: Fields, { depth }: Place): string[] =>
  depth === 0 ? Object.keys(object).filter((name) => name !== ENVELOPE_KEY) : Object.keys(object);

function visitEntity(walk: Walk, object: Fields, place: Place): Entity | undefined {
  const entity = readEntity(object);
  if (entity) walk.sink.whole(entity.type, entity.value, { statedAs: entity.value }, place);
  return entity;
}

const NOTHING_NAMED: { entity: Entity | undefined; labelFor: Labels } = {
  entity: undefined,
  labelFor: noLabels,
};
const mayName = (key: AnalyzedKey): boolean => key.mayName;

/** Whether `references` contains the events behind the alert. Usually it contains links. */
const holdsEvents = ({ squashed }: AnalyzedKey, value: unknown): boolean =>
  squashed === 'references' && Array.isArray(value) && value.some(holdsObject);

const holdsObject = (entry: unknown): boolean =>
  typeof entry === 'object' &&
  entry !== null &&
  Object.values(entry).some(
    (inner) => typeof inner === 'object' && inner !== null && !Array.isArray(inner),
  );

function visitMember(walk: Walk, owner: Fields, name: string, key: AnalyzedKey, up: Place): void {
  const value = owner[name];
  if (isPlain(value, key)) walk.leaves += 1;
  else visitField(walk, value, fieldPlace(up, name, key, owner));
}

function visitField(walk: Walk, value: unknown, place: Place): void {
  if (!place.key.isSkipped && !walk.sink.isIgnored(place, value)) visit(walk, value, place);
}

/** Whether a value can be skipped whatever its parents are. Most values can. */
function isPlain(value: unknown, key: AnalyzedKey): boolean {
  if (typeof value === 'object' && value !== null) return false;
  if (key.isId) return value === null || typeof value === 'boolean';
  if (typeof value !== 'string') return true;
  const mayBeAccount = key.ownHint === 'account' || key.ownHint === 'identity' || key.inheritsHint;
  return (
    !mayBeAccount &&
    value.length < MAX_PLAIN_CHARACTERS &&
    !mayHoldIndicator(kindsIn(value), value.length)
  );
}

/** Whether an object is a user or repository of a code forge. These have dozens of links and are no party to an event. */
const isForgeEntity = (object: Readonly<Record<string, unknown>>): boolean =>
  'node_id' in object && ('html_url' in object || 'avatar_url' in object);

function visitString(walk: Walk, raw: string, place: Place): void {
  if (raw.length < SHORTEST_VALUE && place.key.ownHint !== 'account') return;
  if (walk.characters >= MAX_TOTAL_TEXT_CHARACTERS) return;
  const text = raw.length > MAX_TEXT_CHARACTERS ? raw.slice(0, MAX_TEXT_CHARACTERS) : raw;
  walk.characters += text.length;
  const kinds = kindsIn(text);
  if (place.key.isId && (kinds & BLANK) === 0) walk.sink.id(text);
  const hint = hintAt(place);
  const isTelling =
    mayHoldIndicator(kinds, text.length) || hint === 'account' || hint === 'identity';
  if (!isTelling || TIMESTAMP.test(text) || visitEmbedded(walk, text, place)) return;
  readString(walk, text, place, hint, kinds);
}

function readString(
  walk: Walk,
  raw: string,
  place: Place,
  hint: KeyHint | undefined,
  kinds: number,
): void {
  const text = raw.trim();
  const isConsoleLink =
    leadsIntoProduct(place) || (place.key.ownHint === 'url' && isSelfLink(text, place.owner));
  if (isConsoleLink && text.length <= LONGEST_WHOLE_VALUE) walk.sink.ownLink(text);
  const context = {
    key: place.key,
    isConsoleLink,
    hint,
    forbidsHash: place.isHashForbidden,
    kinds,
  };
  const plain = text.length <= LONGEST_WHOLE_VALUE ? refang(text) : '';
  const found = plain === '' ? undefined : readValues(plain, context);
  if (found) {
    sinkFound(walk, found, place, place.embedded === 0 ? createSpelling(raw, plain) : undefined);
  } else if (!isQuery(place.key)) {
    walk.sink.text(raw, policyFor(text, hint, place.key, kinds), place);
  }
}

function sinkFound(
  walk: Walk,
  found: readonly WholeValue[],
  place: Place,
  spelling: Spelling | undefined,
): void {
  for (const { type, value } of found) {
    const written = spelling?.(value) ?? { statedAs: value };
    if (type !== 'account') walk.sink.whole(type, value, written, place);
    else if (!isTenantName(place) && !isProgram(place)) {
      walk.sink.whole(type, withRealm(value, place), written, place);
    }
  }
}

/** Walks JSON or XML inside a string. Returns whether there was any. */
function visitEmbedded(walk: Walk, text: string, place: Place): boolean {
  if (place.embedded >= MAX_EMBEDDED_DEPTH) return false;
  const json = parseEmbeddedJson(text);
  if (json) {
    visit(walk, json, inside(place, undefined, place.embedded + 1));
    return true;
  }
  const elements = readEmbeddedXml(text);
  if (!elements) return false;
  const owner = Object.fromEntries(elements.map(({ name, text: content }) => [name, content]));
  const below = inside(place, undefined, MAX_EMBEDDED_DEPTH);
  for (const { name, text: content } of elements) {
    const next = fieldPlace(below, undefined, walk.keyOf(name), owner);
    if (!next.key.isSkipped) visit(walk, content, next);
  }
  return true;
}

/** Whether a key holds a search query rather than an event. DNS queries are read as whole values before. */
const isQuery = ({ squashed }: AnalyzedKey): boolean => /(?<!dns)quer(?:y|ies)$/.test(squashed);

function policyFor(
  text: string,
  hint: KeyHint | undefined,
  key: AnalyzedKey,
  kinds: number,
): TextPolicy {
  const isSentence =
    (kinds & BLANK) !== 0 && (text.length > LONG_TEXT_CHARACTERS || !key.namesNoHost);
  return {
    isProse: hint === 'text' || hint === 'hash' || isSentence || LABELLED_HASH.test(text),
    acceptsAnySuffix: hint === 'email' || hint === 'domain',
  };
}
