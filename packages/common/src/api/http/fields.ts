import { z } from 'zod';

/** Field schemas that resources share. */
export const timestampSchema = z.string().describe('UTC, ISO 8601 with Z');

/** Outside of these years JavaScript and Postgres write times differently. */
const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** A time that a client names. */
export const instantSchema = z.iso.datetime({ offset: true }).refine((text) => {
  const at = Date.parse(text);
  return at >= FIRST_INSTANT && at <= LAST_INSTANT;
}, 'is not in the years 1 to 9999');
export const MAX_NAME_CHARACTERS = 200;
export const nameSchema = z.string().trim().min(1).max(MAX_NAME_CHARACTERS);
export const tagsSchema = z.array(z.string().min(1).max(200)).max(100);

/** Markdown for runbooks and rule documentation. */
export const MAX_DOCUMENT_CHARACTERS = 200_000;
export const markdownSchema = z.string().max(MAX_DOCUMENT_CHARACTERS);

export const sourceNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'lower-case letters, digits, "-" and "_", at most 63')
  .describe('Name of a source, such as `generic` or `sentinel`');

export const MAX_MITRE_TACTICS = 50;
export const MAX_MITRE_TECHNIQUES = 100;

export const mitreTacticsSchema = z
  .array(z.string().regex(/^TA\d{4}$/, 'a tactic id such as TA0001'))
  .max(MAX_MITRE_TACTICS);
export const mitreTechniquesSchema = z
  .array(z.string().regex(/^T\d{4}(\.\d{3})?$/, 'a technique id such as T1078 or T1078.004'))
  .max(MAX_MITRE_TECHNIQUES);
