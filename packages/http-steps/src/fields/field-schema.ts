import { indicatorTypeSchema, ruleSchema } from '@calseta/common';
import { z } from 'zod';

/** Facts of one provider or workflow step. */
export const MAX_FIELDS = 60;
/** Entries kept of one list; the rest is left out. */
export const MAX_LIST_ENTRIES = 100;
export const DEFAULT_LIST_ENTRIES = 20;
const MAX_PATHS = 10;

const path = z.string().max(300);

/**
 * One fact from the answers. `path` is a path in the body of `step`'s answer (by default the first step's): keys
 * separated by dots, `[0]` an index, `*` every entry; lists are read entry by entry. `where` keeps the matching
 * entries of a list, and `select` is a path in each of them. Of several paths, the first with a value counts;
 * `all`, `count`, `sum`, `max` and `min` read all of them.
 */
export const fieldSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and `_`'),
  step: z.string().optional(),
  path: z.union([path, z.array(path).min(1).max(MAX_PATHS)]),
  where: ruleSchema.optional(),
  select: z.union([path, z.array(path).min(1).max(MAX_PATHS)]).optional(),
  /** Default: `first`. `object` keeps one object of scalars. */
  take: z.enum(['first', 'all', 'count', 'sum', 'max', 'min', 'object']).optional(),
  /** Default: unchanged. With `number`, a text that is no number is left out. */
  as: z.enum(['text', 'number', 'boolean']).optional(),
  /** For `all`: keeps each value once. */
  distinct: z.boolean().optional(),
  limit: z.number().int().min(1).max(MAX_LIST_ENTRIES).optional(),
  /** Default: every type. */
  indicator_types: z.array(indicatorTypeSchema).min(1).optional(),
  /** Also read from an answer that knows nothing: how many results there were. */
  even_if_not_found: z.boolean().optional(),
  /** Keeps the text before or after the first of these separators: `AS13335 Cloudflare`. */
  cut: z
    .strictObject({ at: z.string().min(1).max(50), keep: z.enum(['before', 'after']) })
    .optional(),
});
export type FieldDefinition = z.infer<typeof fieldSchema>;

export const fieldsSchema = z.array(fieldSchema).max(MAX_FIELDS);
