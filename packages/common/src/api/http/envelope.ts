import { z } from 'zod';
import { type Issue } from '../../core/errors.js';
import { MAX_ALERT_TOTAL } from './pagination.js';
import { issueSchema } from './problem.js';

const MADE_VISIBLE =
  'Hidden characters that are written visibly, as `\\u{202e}`; absent when there are none.';

/** The body of a response with one object: `{"data": …, "meta": {}}`. */
export const dataEnvelope = <T extends z.ZodType>(data: T) =>
  z.object({
    data,
    meta: z.record(z.string(), z.unknown()).describe(`\`made_visible_count\`: ${MADE_VISIBLE}`),
  });

/** The same with `meta.warnings`, for input that was accepted but may not work. */
export const warnedEnvelope = <T extends z.ZodType>(data: T) =>
  z.object({
    data,
    meta: z.object({
      warnings: z.array(issueSchema).optional().meta({
        description: 'What was taken all the same, and may not work.',
      }),
    }),
  });

export const listMetaSchema = z.object({
  next_cursor: z.string().nullable().meta({
    description: 'Send it as `cursor` to read on; null on the last page.',
  }),
  total: z.int().nonnegative().optional().meta({
    description: 'Present when `include_total=true` was asked for.',
  }),
  total_is_at_least: z
    .literal(true)
    .optional()
    .meta({
      description: `There are more than \`total\`: alerts are counted up to ${MAX_ALERT_TOTAL}.`,
    }),
  made_visible_count: z.int().optional().meta({ description: MADE_VISIBLE }),
});
export type ListMeta = z.infer<typeof listMetaSchema>;

/** The body of a response with a list: `{"data": […], "meta": {"next_cursor": …}}`. */
export const listEnvelope = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), meta: listMetaSchema });

/** Wraps one object. */
export const jsonData = <T>(
  data: T,
  meta: Record<string, unknown> = {},
): { data: T; meta: Record<string, unknown> } => ({ data, meta });

/** Wraps one object, with its warnings if there are any. */
export const warnedData = <T>(
  data: T,
  warnings: Issue[],
): { data: T; meta: { warnings?: Issue[] } } => ({
  data,
  meta: warnings.length > 0 ? { warnings } : {},
});

/** Wraps one page of a list. */
export const jsonList = <T>(
  data: T[],
  nextCursor: string | null,
  { total, totalIsAtLeast }: { total?: number; totalIsAtLeast?: true } = {},
): { data: T[]; meta: ListMeta } => ({
  data,
  meta: {
    next_cursor: nextCursor,
    ...(total !== undefined && { total }),
    ...(totalIsAtLeast && { total_is_at_least: true }),
  },
});
