import { z } from 'zod';

/** How much of an alert a push carries. */
export const PAYLOAD_MODES = ['full', 'budgeted', 'thin'] as const;
export const payloadModeSchema = z.enum(PAYLOAD_MODES);
export type PayloadMode = z.infer<typeof payloadModeSchema>;

/** Tokens (o200k) that a budgeted push may have; with fewer, nothing but the title fits. */
export const PUSH_TOKENS = { min: 400, default: 8_000, max: 200_000 } as const;
/** Tokens that `GET /v1/alerts/{uuid}/context` may be asked for. */
export const CONTEXT_TOKENS = { min: 200, default: 8_000, max: 200_000 } as const;
/** Bytes that a push may have, in every mode. */
export const PUSH_BYTES = { min: 8_192, default: 524_288, max: 4_194_304 } as const;

/** What agents choose about their pushes. */
export type PayloadSettings = {
  mode: PayloadMode;
  /** Bound of a budgeted push, in tokens; other modes have none. */
  maxTokens: number;
  /** Bound of every push, in bytes of UTF-8. */
  maxBytes: number;
};

export const DEFAULT_PAYLOAD: PayloadSettings = {
  mode: 'full',
  maxTokens: PUSH_TOKENS.default,
  maxBytes: PUSH_BYTES.default,
};

/** Counts the tokens of a text as a model reads it. */
export type CountTokens = (text: string) => number;

/** Bytes of a body for each of its tokens (o200k), as the payloads in `test/golden` have them. */
export const BYTES_PER_TOKEN = { full: 3.8, budgeted: 3.8, thin: 3 } as const;

/** About how many tokens a body of so many bytes has; counting them would take longer than pushing them. */
export const estimateTokens = (bytes: number, mode: PayloadSettings['mode']): number =>
  Math.ceil(bytes / BYTES_PER_TOKEN[mode]);
