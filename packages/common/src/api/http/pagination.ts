import { z } from 'zod';
import { decodeBase64 } from '../../text/decode-base64.js';
import { AppError } from '../../core/errors.js';
import { integerParameter } from './integer-parameter.js';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 500;
/** Stored bytes of the items on a page; a page has at least one item. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_CURSOR_LENGTH = 512;
/** Alerts that match a list are counted up to this number: to count millions takes seconds, and nobody reads so many pages. */
export const MAX_ALERT_TOTAL = 10_000;

/** Query parameters that every list has. Lists extend it with their filters. */
export const pageQuerySchema = z.object({
  cursor: z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .optional()
    .meta({ description: '`meta.next_cursor` of the page before.' }),
  page_size: integerParameter(1, MAX_PAGE_SIZE)
    .default(DEFAULT_PAGE_SIZE)
    .meta({
      description: `Items on a page, at most. Large items end a page of up to ${MAX_PAGE_BYTES / 1024 ** 2} MiB before it has so many: read on until \`meta.next_cursor\` is null.`,
    }),
  include_total: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta({
      description: `Counts all matches into \`meta.total\`, alerts up to ${MAX_ALERT_TOTAL.toLocaleString('en-US')}.`,
    }),
});
export type PageQuery = z.infer<typeof pageQuerySchema>;

/** Query parameter of lists that are searched by text. */
export const textSearchSchema = z.object({
  q: z
    .string()
    .trim()
    .min(2)
    .max(200)
    .optional()
    .meta({ description: 'Part of the name or the text, in any letter case.' }),
});
export type TextSearch = z.infer<typeof textSearchSchema>;

/** A filter with several values, repeated (`?tag=a&tag=b`) or comma-separated (`?tag=a,b`). */
export const listParameter = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
    z.array(item).min(1).max(MAX_PAGE_SIZE),
  );

/** Encodes the sort keys of a page's last row as an opaque cursor. */
export const encodeCursor = (position: unknown): string =>
  Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');

/** Decodes a cursor. Throws a validation error for an invalid one. */
export function decodeCursor<T extends z.ZodType>(schema: T, cursor: string): z.output<T> {
  const text = decodeBase64(cursor, 'base64url')?.toString('utf8') ?? '';
  // Postgres holds no NUL characters.
  const result = schema.safeParse(text.includes(String.raw`\u0000`) ? undefined : parseJson(text));
  if (result.success) return result.data;
  throw notACursor();
}

/** For a cursor that no list gave. */
export const notACursor = (): AppError =>
  new AppError('request.invalid', 'The cursor is not one that a list gave.', {
    issues: [{ pointer: '/cursor', message: 'is not a cursor that this list returned' }],
  });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
