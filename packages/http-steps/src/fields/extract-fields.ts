import { type IndicatorType, matchRule, toNumber } from '@calseta/common';
import { readFrom, valuesAt } from '../answers/answer-tree.js';
import { renderRule } from '../templates/rule-template.js';
import { DEFAULT_LIST_ENTRIES, type FieldDefinition } from './field-schema.js';

/** Longest text that is kept; longer ones are cut. */
export const MAX_FACT_CHARACTERS = 500;
/** Keys of an object that are kept. */
const MAX_OBJECT_KEYS = 30;

type Scalar = string | number | boolean;
export type Fact = Scalar | Scalar[] | Record<string, Scalar>;
export type Facts = Record<string, Fact>;

/**
 * Extracts the facts from a lookup's answers, by name. Missing and null values are left out; the count of an empty
 * list is 0. `bodies` contains, by step, the answers of the steps that found something.
 */
export function extractFields(
  fields: readonly FieldDefinition[],
  bodies: Readonly<Record<string, unknown>>,
  indicator: { type: IndicatorType; value: string },
): Facts {
  const [firstStep = ''] = Object.keys(bodies);
  const facts: Facts = {};
  for (const field of fields) {
    const { name, step = firstStep, indicator_types: types, where } = field;
    if (types && !types.includes(indicator.type)) continue;
    if (!Object.hasOwn(bodies, step)) continue;
    const rendered = where ? { ...field, where: renderRule(where, { indicator }) } : field;
    const fact = factOf(rendered, bodies[step]);
    if (fact !== undefined) facts[name] = fact;
  }
  return facts;
}

function factOf(field: FieldDefinition, body: unknown): Fact | undefined {
  const { take = 'first' } = field;
  switch (take) {
    case 'first':
      return scalarsOf(field, body, true).find((value) => value !== '');
    case 'all':
      return listOf(
        field,
        scalarsOf(field, body, false).filter((value) => value !== ''),
      );
    case 'count':
      return countOf(field, body);
    case 'object':
      return pathsOf(field.path)
        .flatMap((path) => valuesAt(body, path))
        .map(objectOf)
        .find(Boolean);
    default:
      return reduce(
        take,
        scalarsOf(field, body, false).flatMap((value) => toNumber(value) ?? []),
      );
  }
}

function scalarsOf(field: FieldDefinition, body: unknown, untilFirst: boolean): Scalar[] {
  const found: Scalar[] = [];
  for (const path of pathsOf(field.path)) {
    const entries = entriesAt(body, path, field.where);
    const selects = field.select === undefined ? [''] : pathsOf(field.select);
    for (const select of selects) {
      const values = entries.flatMap((entry) => valuesAt(entry, select)).flat();
      found.push(...values.flatMap((value) => toScalar(value, field) ?? []));
      if (untilFirst && found.length > 0) return found;
    }
  }
  return found;
}

/** The entries of a list that match the rule. */
function entriesAt(body: unknown, path: string, where: FieldDefinition['where']): unknown[] {
  const entries = valuesAt(body, path).flat();
  return where ? entries.filter((entry) => matchRule(where, readFrom(entry))) : entries;
}

/** Undefined when the list is missing, which differs from a count of 0. */
function countOf({ path, where }: FieldDefinition, body: unknown): number | undefined {
  const found = pathsOf(path).flatMap((one) => valuesAt(body, one));
  if (found.every((value) => value === null)) return found.length > 0 ? 0 : undefined;
  return pathsOf(path).flatMap((one) => entriesAt(body, one, where)).length;
}

function listOf(
  { distinct, limit = DEFAULT_LIST_ENTRIES }: FieldDefinition,
  values: Scalar[],
): Scalar[] {
  return (distinct ? [...new Set(values)] : values).slice(0, limit);
}

function reduce(take: 'sum' | 'max' | 'min', numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined;
  switch (take) {
    case 'sum':
      return numbers.reduce((sum, number) => sum + number, 0);
    case 'max':
      return numbers.reduce((a, b) => Math.max(a, b));
    case 'min':
      return numbers.reduce((a, b) => Math.min(a, b));
  }
}

function toScalar(value: unknown, { as, cut }: FieldDefinition): Scalar | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    return undefined;
  switch (as) {
    case 'number':
      return toNumber(value);
    case 'boolean':
      return toBoolean(value);
    case 'text':
      return bounded(cutText(String(value), cut));
    case undefined:
      return typeof value === 'string' ? bounded(cutText(value, cut)) : value;
  }
}

function cutText(text: string, cut: FieldDefinition['cut']): string {
  if (!cut) return text;
  const at = text.indexOf(cut.at);
  if (at === -1) return cut.keep === 'before' ? text : '';
  return cut.keep === 'before' ? text.slice(0, at) : text.slice(at + cut.at.length);
}

function toBoolean(value: Scalar): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = String(value).toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function objectOf(value: unknown): Record<string, Scalar> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value)
    .filter((entry): entry is [string, Scalar] =>
      ['string', 'number', 'boolean'].includes(typeof entry[1]),
    )
    .slice(0, MAX_OBJECT_KEYS)
    .map(([key, entry]): [string, Scalar] => [
      bounded(key),
      typeof entry === 'string' ? bounded(entry) : entry,
    ]);
  return Object.fromEntries(entries);
}

const bounded = (text: string): string => text.slice(0, MAX_FACT_CHARACTERS).toWellFormed();

const pathsOf = (path: string | readonly string[]): readonly string[] => [path].flat();
