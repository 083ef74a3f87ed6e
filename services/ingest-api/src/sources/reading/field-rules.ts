import {
  type IndicatorType,
  type NormalizedAlert,
  type NormalizedField,
  type Role,
  type StatedIndicator,
} from '@calseta/common';
import { listedValues } from '@calseta/indicators';
import { find } from './find.js';
import { type Located } from './located.js';
import { type ReadAs, readStated } from './stated-value.js';
import { textOf } from './text.js';

/** Indicators that a payload may state; later extraction passes may still find the rest. */
export const MAX_STATED_INDICATORS = 500;

/**
 * Meaning of a vendor's field. `host` only names a machine, and so does `machine`, where the value is a bare name and no
 * address; every other reading makes an indicator when the value has the type of the field.
 */
export type FieldRule = {
  path: string;
  as: ReadAs | 'host' | 'machine';
  role?: Role;
  field?: NormalizedField;
};

type Readings = Pick<NormalizedAlert, 'statedIndicators' | 'fields' | 'hosts' | 'users'>;

/** Readings whose values contain neither blanks nor commas, so that both separate values. */
const SPACED_LISTS = new Set<FieldRule['as']>(['ip', 'hash', 'labelled_hash']);
/** Readings whose values may contain separators; a text is a list only when every part is valid. */
const PLAIN_LISTS = new Set<FieldRule['as']>(['account', 'address', 'domain', 'email']);

export type Statements = {
  /** Reads every field that the rules name. */
  readAll(from: Located, rules: readonly FieldRule[]): Statements;
  /** Reads one value; a text with lines or commas may be several. */
  read(found: Pick<Located, 'value' | 'pointer'>, rule: FieldRule): void;
  result(): Readings;
};

/** Collects the indicators that a payload states, each value once. */
export function collectStatements(vendor: string): Statements {
  const indicators = new Map<string, StatedIndicator>();
  const fields = new Map<NormalizedField, Set<string>>();
  const hosts = new Set<string>();
  const users = new Set<string>();

  const fill = (field: NormalizedField, value: string): void => {
    fields.set(field, (fields.get(field) ?? new Set()).add(value));
  };

  const readOne = (text: string, pointer: string, rule: FieldRule): void => {
    if (rule.as === 'host' || rule.as === 'machine') {
      if (!namesMachine(text, rule.as)) return;
      hosts.add(text);
      if (rule.field) fill(rule.field, text);
      return;
    }
    const stated = readStated(text, rule.as);
    if (!stated) return;
    if (stated.type === 'account') users.add(stated.value);
    const field = fieldFor(stated.type, rule.field);
    if (field) fill(field, stated.value);
    const key = `${stated.type} ${stated.value.toLowerCase()}`;
    if (indicators.has(key) || indicators.size >= MAX_STATED_INDICATORS) return;
    const role = rule.role && { role: rule.role };
    indicators.set(key, { ...stated, pointer, extractor: `${vendor}:${rule.path}`, ...role });
  };

  const statements: Statements = {
    readAll(from, rules) {
      for (const rule of rules) {
        for (const found of find(from, rule.path)) statements.read(found, rule);
      }
      return statements;
    },
    read(found, rule) {
      const text = textOf(found.value);
      if (text === undefined) return;
      for (const value of valuesIn(text, rule.as)) readOne(value, found.pointer, rule);
    },
    result: () => ({
      statedIndicators: [...indicators.values()],
      fields: Object.fromEntries([...fields].map(([field, values]) => [field, oneOrMany(values)])),
      hosts: [...hosts],
      users: [...users],
    }),
  };
  return statements;
}

const namesMachine = (text: string, as: 'host' | 'machine'): boolean =>
  as === 'host' ? text !== '' : isBareName(text);

/** `WS-42`: no address, no domain, no word for nothing. */
const isBareName = (text: string): boolean =>
  /^(?=.*[a-z])[a-z0-9][a-z0-9_-]{1,62}\$?$/i.test(text) &&
  !/^(?:unknown|none|null|n_?a|any|internal|external|localhost)$/i.test(text);

function valuesIn(text: string, as: FieldRule['as']): string[] {
  if (SPACED_LISTS.has(as)) return text.split(/[,;\s]+/);
  const lines = text.split(/\n+/).map((line) => line.trim());
  return PLAIN_LISTS.has(as) ? lines.flatMap((line) => listedValues(line) ?? line) : lines;
}

function oneOrMany(values: ReadonlySet<string>): string | string[] {
  const [first = '', ...others] = values;
  return others.length === 0 ? first : [first, ...others];
}

/** Hashes have their own fields; an address field that contains a name fills the host name instead. */
function fieldFor(type: IndicatorType, field?: NormalizedField): NormalizedField | undefined {
  if (type === 'hash_md5' || type === 'hash_sha1' || type === 'hash_sha256') return `file_${type}`;
  if (type !== 'domain') return field;
  if (field === 'src_ip') return 'src_hostname';
  return field === 'dst_ip' ? 'dst_hostname' : field;
}
