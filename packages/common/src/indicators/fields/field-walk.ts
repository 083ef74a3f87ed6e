import type { IndicatorType } from '../indicator-type.js';
import {
  MAX_DEPTH,
  MAX_EMBEDDED_DEPTH,
  MAX_LEAVES,
  MAX_TEXT_CHARACTERS,
  MAX_TOTAL_TEXT_CHARACTERS,
} from '../limits.js';
import { toPointer } from '../pointer.js';
import { refang } from '../refang.js';
import type { TextPolicy } from '../text/finding.js';
import { type AnalyzedKey, analyzeKey } from './analyzed-key.js';
import { parseEmbeddedJson, readEmbeddedXml } from './embedded.js';
import { type KeyHint, keyHint } from './key-hints.js';
import { labelOf } from './labelled.js';
import { readWhole } from './read-leaf.js';
import { siblingsOf, withRealm } from './realm.js';

export type WalkSink = {
  whole(found: {
    type: IndicatorType;
    value: string;
    statedAs: string;
    keys: readonly string[];
    key: string;
    pointer: string;
  }): void;
  text(found: {
    text: string;
    policy: TextPolicy;
    keys: readonly string[];
    key: string;
    pointer: string;
  }): void;
  id(value: string): void;
};

type Place = {
  path: readonly (string | number)[];
  /** All key segments from the root, squashed. */
  keys: readonly string[];
  key: AnalyzedKey;
  keyName: string;
  parent: AnalyzedKey | undefined;
  siblings: ReadonlyMap<string, string>;
  isHashForbidden: boolean;
  depth: number;
  embedded: number;
};

const ROOT_KEY = analyzeKey('');
const NO_SIBLINGS: ReadonlyMap<string, string> = new Map();
const TRANSPARENT = new Set([
  'value',
  'values',
  'val',
  'item',
  'items',
  'list',
  'entry',
  'entries',
  'data',
  'properties',
  'attributes',
  'body',
  'object',
]);
const LONG_TEXT_CHARACTERS = 80;
const FEW_CHARACTERS = 3;
const TENANT_SIBLINGS = ['accountid', 'siteid', 'sitename', 'groupname', 'accountarn'];
const GITHUB_ENTITY = ['nodeid', 'gravatarid', 'avatarurl'];

/** Walks a payload of any vendor, and hands whole values and texts to the sink; what cannot matter is passed over. */
export function walkFields(
  payload: unknown,
  sink: WalkSink,
  isIgnored: (pointer: string) => boolean,
): void {
  let leaves = 0;
  let characters = 0;

  const visit = (node: unknown, place: Place): void => {
    if (leaves >= MAX_LEAVES || place.depth > MAX_DEPTH) return;
    if (typeof node === 'string') {
      leaves += 1;
      if (node.length >= FEW_CHARACTERS || place.key.ownHint === 'account') visitText(node, place);
    } else if (Array.isArray(node)) {
      visitList(node, place);
    } else if (typeof node === 'object' && node !== null) {
      visitObject(node as Record<string, unknown>, place);
    } else {
      leaves += 1;
      if (typeof node === 'number' && place.key.isId) sink.id(String(node));
    }
  };

  const visitList = (list: readonly unknown[], place: Place): void => {
    const [name, value] = list;
    if (
      list.length === 2 &&
      typeof name === 'string' &&
      isPairName(name) &&
      name !== value &&
      !isOneKind(name, value)
    ) {
      visit(value, below(place, name, [...place.path, 1], NO_SIBLINGS));
      return;
    }
    for (const [index, entry] of list.entries()) {
      if (leaves >= MAX_LEAVES) return;
      visit(entry, {
        ...place,
        path: [...place.path, index],
        depth: place.depth + 1,
        siblings: NO_SIBLINGS,
      });
    }
  };

  const visitObject = (object: Readonly<Record<string, unknown>>, place: Place): void => {
    const entries = Object.entries(object);
    const siblings = siblingsOf(entries);
    if (GITHUB_ENTITY.filter((key) => siblings.has(key)).length > 1) return;
    const labelled = labelOf(object);
    for (const [key, value] of entries) {
      if (leaves >= MAX_LEAVES) return;
      const name = labelled?.valueKeys.has(key) ? labelled.label : key;
      const next = below(place, name, [...place.path, key], siblings);
      if (next.key.isSkipped || isIgnored(toPointer(next.path))) continue;
      visit(value, next);
    }
  };

  const visitText = (raw: string, place: Place): void => {
    if (characters >= MAX_TOTAL_TEXT_CHARACTERS) return;
    characters += Math.min(raw.length, MAX_TEXT_CHARACTERS);
    if (place.key.isId && !raw.includes(' ')) sink.id(raw);
    if (place.embedded < MAX_EMBEDDED_DEPTH && visitEmbedded(raw, place)) return;
    const text = raw.trim();
    const hint = keyHint(place.key, place.parent);
    const plain = text.length <= 2_048 ? refang(text) : text;
    const found = readWhole(plain, { key: place.key, hint, forbidsHash: place.isHashForbidden });
    const at = { keys: place.keys, key: place.keyName, pointer: toPointer(place.path) };
    if (!found) {
      if (!isQuery(place.key, hint)) {
        sink.text({
          text: raw.slice(0, MAX_TEXT_CHARACTERS),
          policy: policyFor(text, hint, place.key),
          ...at,
        });
      }
      return;
    }
    for (const { type, value } of found) {
      if (type === 'account' && isTenantName(place)) continue;
      const full = type === 'account' ? withRealm(value, place.keyName, place.siblings) : value;
      sink.whole({ type, value: full, statedAs: raw, ...at });
    }
  };

  const visitEmbedded = (text: string, place: Place): boolean => {
    const json = parseEmbeddedJson(text);
    if (json) {
      visit(json, { ...place, depth: place.depth + 1, embedded: place.embedded + 1 });
      return true;
    }
    const elements = readEmbeddedXml(text);
    if (!elements) return false;
    const siblings = siblingsOf(
      elements.map(({ name, text: content }) => [name, content] as const),
    );
    for (const { name, text: content } of elements) {
      const next = below({ ...place, embedded: MAX_EMBEDDED_DEPTH }, name, place.path, siblings);
      if (!next.key.isSkipped) visit(content, next);
    }
    return true;
  };

  visit(payload, {
    path: [], keys: [], key: ROOT_KEY, keyName: '', parent: undefined, siblings: NO_SIBLINGS,
    isHashForbidden: false, depth: 0, embedded: 0,
  }); // prettier-ignore
}

function below(
  place: Place,
  name: string,
  path: readonly (string | number)[],
  siblings: ReadonlyMap<string, string>,
): Place {
  const own = analyzeKey(name);
  const isTransparent =
    TRANSPARENT.has(own.squashed) && own.segments.length === 1 && place.key !== ROOT_KEY;
  const key = isTransparent ? place.key : own;
  return {
    ...place,
    path,
    key,
    keyName: isTransparent ? place.keyName : name,
    keys: isTransparent ? place.keys : [...place.keys, ...own.segments],
    parent: isTransparent ? place.parent : place.key,
    siblings,
    isHashForbidden: place.isHashForbidden || own.forbidsHash,
    depth: place.depth + 1,
  };
}

/** `["User", "guest"]` names its value; `["a.com", "b.com"]` is a list. */
const isPairName = (name: string): boolean => /^[A-Za-z][\w -]{0,39}$/.test(name);

/** Two plain words of one list, unless the first is a key that says something. */
function isOneKind(name: string, value: unknown): boolean {
  const key = analyzeKey(name);
  const saysSomething = key.ownHint !== undefined || key.isSkipped;
  return !saysSomething && typeof value !== 'object';
}

/** Cloud and EDR tenants are called accounts too. */
const isTenantName = ({ key, siblings }: Place): boolean =>
  /^(?:account|accountname)$/.test(key.squashed) &&
  TENANT_SIBLINGS.some((name) => siblings.has(name)) &&
  !siblings.has('accountdomain');

const isQuery = (key: AnalyzedKey, hint: KeyHint | undefined): boolean =>
  /quer(?:y|ies)$/.test(key.squashed) && hint !== 'text' && !/dns/.test(key.squashed);

function policyFor(text: string, hint: KeyHint | undefined, key: AnalyzedKey): TextPolicy {
  const hasBlanks = /\s/.test(text);
  return {
    isProse:
      hint === 'text' ||
      hint === 'hash' ||
      (hasBlanks && (text.length > LONG_TEXT_CHARACTERS || !key.namesNoHost)),
    acceptsAnySuffix: hint === 'email' || hint === 'domain',
  };
}
