import { type Severity, SEVERITIES } from '@calseta/common';

/** A parsed rule whose shape is not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

/** A text or a number as text, without the space around it; empty when it is neither. */
export const textOf = (fields: Fields, name: string): string => toText(fields[name]);

/** A list of texts, or a single text as a list; empty entries are left out. */
export function textsOf(fields: Fields, name: string): string[] {
  const value = fields[name];
  return (Array.isArray(value) ? value : [value]).map(toText).filter((text) => text !== '');
}

/** The objects of a list, or a single object as a list. */
export function listOf(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  return (Array.isArray(value) ? value : [value]).filter(isFields);
}

/** An object; empty when it is missing. */
export function fieldsOf(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : {};
}

/** A severity word of any letter case; Pending when it is none. */
export const severityOf = (word: string): Severity =>
  SEVERITIES.find((severity) => severity.toLowerCase() === word.toLowerCase()) ?? 'Pending';
