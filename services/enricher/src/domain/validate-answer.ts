import { maliceSchema, MAX_RAW_STEPS, rawStepSchema, storableText } from '@calseta/common';
import { z } from 'zod';
import { FAULTS, type ProviderAnswer } from './provider.js';

export const MAX_EXTRACTED_BYTES = 16 * 1024;
export const MAX_EXTRACTED_DEPTH = 8;
export const MAX_REASON_CHARACTERS = 300;
/** Of one answer. */
const MAX_REASONS = 10;

/** As kept in Postgres. */
const rawSchema = z
  .array(rawStepSchema.extend({ body: rawStepSchema.shape.body.transform(storableText) }))
  .max(MAX_RAW_STEPS);

const answerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('found'),
    extracted: z.record(z.string(), z.unknown()),
    malice: maliceSchema,
    reasons: z.array(z.string().transform(toReason)).max(MAX_REASONS).optional(),
    raw: rawSchema.optional(),
  }),
  z.object({ kind: z.literal('not_found'), raw: rawSchema.optional() }),
  z.object({
    kind: z.literal('unavailable'),
    reason: z.string().transform(toReason),
    fault: z.enum(FAULTS).optional(),
    waitSeconds: z.number().nonnegative().optional(),
  }),
  z.object({
    kind: z.literal('quota'),
    reason: z.string().transform(toReason),
    waitSeconds: z.number().nonnegative().optional(),
  }),
]);

/**
 * Checks what a provider returned and copies it as bounded JSON that Postgres can store. An invalid answer
 * becomes `unavailable`.
 */
export function validateAnswer(answer: unknown): ProviderAnswer {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) return refused('it does not fit the interface');
  if (parsed.data.kind !== 'found') return parsed.data as ProviderAnswer;
  const extracted = copyJson(parsed.data.extracted, MAX_EXTRACTED_DEPTH);
  if (extracted === undefined) return refused(`it is nested deeper than ${MAX_EXTRACTED_DEPTH}`);
  if (Buffer.byteLength(JSON.stringify(extracted)) > MAX_EXTRACTED_BYTES)
    return refused(`it exceeds ${MAX_EXTRACTED_BYTES} bytes`);
  const { reasons, raw, ...rest } = parsed.data as ProviderAnswer & { kind: 'found' };
  return {
    ...rest,
    ...(reasons && { reasons }),
    ...(raw && { raw }),
    extracted: extracted as Record<string, unknown>,
  };
}

function toReason(text: string): string {
  return storableText(text.slice(0, MAX_REASON_CHARACTERS));
}

const refused = (why: string): ProviderAnswer => ({
  kind: 'unavailable',
  fault: 'unreadable',
  reason: `The provider's answer was refused: ${why}.`,
});

/** Plain JSON without nulls, NaNs, functions, NUL characters and lone surrogates; undefined when too deep. */
function copyJson(value: unknown, depth: number): unknown {
  if (depth < 0) return undefined;
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (typeof value !== 'object' || value === null) return '';
  if (Array.isArray(value)) return copyAll(value.filter(isPresent), (items) => items, depth);
  const entries = Object.entries(value as Record<string, unknown>).filter(([, item]) =>
    isPresent(item),
  );
  const keys = entries.map(([key]) => storableText(key));
  return copyAll(
    entries.map(([, item]) => item),
    (items) => Object.fromEntries(items.map((item, index) => [keys[index] ?? '', item])),
    depth,
  );
}

function copyAll(values: unknown[], join: (items: unknown[]) => unknown, depth: number): unknown {
  const items = values.map((item) => copyJson(item, depth - 1));
  return items.includes(undefined) ? undefined : join(items);
}

const isPresent = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value)
    : value !== null && !['undefined', 'function', 'symbol'].includes(typeof value);
