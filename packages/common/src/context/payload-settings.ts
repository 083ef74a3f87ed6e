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
