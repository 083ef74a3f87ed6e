import { indicatorTypeSchema, ruleSchema } from '@calseta/common';
import { z } from 'zod';

/** Facts of one provider or workflow step. */
export const MAX_FIELDS = 60;
/** Entries of one list that is kept; what lies beyond is left out. */
export const MAX_LIST_ENTRIES = 100;
export const DEFAULT_LIST_ENTRIES = 20;
const MAX_PATHS = 10;

const path = z.string().max(300);

/**
 * One fact out of the answers. `path` leads into the body of `step`'s answer (the first step's unless told otherwise):
 * keys by dots, `[0]` an index, `*` everything; a list is read entry by entry. `where` keeps the entries of a list that
 * it holds for, and `select` leads on from each of them. Of several paths the first that leads anywhere counts, but for
 * `all`, `count`, `sum`, `max` and `min`, which read all of them.
 */
export const fieldSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and `_`'),
  step: z.string().optional(),
  path: z.union([path, z.array(path).min(1).max(MAX_PATHS)]),
  where: ruleSchema.optional(),
  select: z.union([path, z.array(path).min(1).max(MAX_PATHS)]).optional(),
  /** `first` unless told otherwise. `object` keeps one object of scalars. */
  take: z.enum(['first', 'all', 'count', 'sum', 'max', 'min', 'object']).optional(),
  /** Left out: as it came. A text that spells no number is no number. */
  as: z.enum(['text', 'number', 'boolean']).optional(),
  /** Of `all`: each value once. */
  distinct: z.boolean().optional(),
  limit: z.number().int().min(1).max(MAX_LIST_ENTRIES).optional(),
  /** Left out: for every type. */
  indicator_types: z.array(indicatorTypeSchema).min(1).optional(),
  /** A text up to the first of these characters, or behind it: `AS13335 Cloudflare`. */
  cut: z
    .strictObject({ at: z.string().min(1).max(50), keep: z.enum(['before', 'after']) })
    .optional(),
});
export type FieldDefinition = z.infer<typeof fieldSchema>;

export const fieldsSchema = z.array(fieldSchema).max(MAX_FIELDS);
