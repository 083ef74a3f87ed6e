import { z } from 'zod';
import { VERDICT_WORDS } from '../../alert/verdict-words.js';
import { BYTES_PER_TOKEN } from '../../context/payload-settings.js';
import { uuidSchema } from '../../core/ids.js';
import { instantSchema, timestampSchema } from '../http/fields.js';
import { agentModeSchema } from './agent-mode.js';

const otherwise = [...VERDICT_WORDS, 'other'] as const;

const DAY_MS = 86_400_000;
export const SCORECARD_DAYS = { default: 30, max: 92 } as const;

const dateSchema = instantSchema.transform((text) => new Date(text));

/** The span of a scorecard or of metrics; by default the last 30 days. Its length bounds what a query reads. */
export const scorecardQuerySchema = z
  .object({
    since: dateSchema
      .optional()
      .describe(
        `By default ${SCORECARD_DAYS.default} days before \`until\`, at most ${SCORECARD_DAYS.max}`,
      ),
    until: dateSchema.optional().describe('By default now'),
  })
  .transform(({ since, until = new Date() }) => ({
    since: since ?? new Date(until.getTime() - SCORECARD_DAYS.default * DAY_MS),
    until,
  }))
  .refine(({ since, until }) => since < until, {
    path: ['since'],
    message: 'is not before `until`',
  })
  .refine(({ since, until }) => until.getTime() - since.getTime() <= SCORECARD_DAYS.max * DAY_MS, {
    path: ['since'],
    message: `is more than ${SCORECARD_DAYS.max} days before \`until\``,
  });
export type ScorecardSpan = z.infer<typeof scorecardQuerySchema>;

/** 0–1, three digits; absent where nothing was counted. */
const shareSchema = z.number().min(0).max(1).optional();

export const scorecardSchema = z
  .object({
    agent_uuid: uuidSchema,
    mode: agentModeSchema,
    since: timestampSchema,
    until: timestampSchema,
    deliveries: z
      .object({ delivered: z.int(), pending: z.int(), dead: z.int(), cancelled: z.int() })
      .describe('Of alerts, made in the span'),
    tokens_pushed: z
      .object({ total: z.int(), mean: z.int().optional() })
      .describe(
        'Of the delivered alerts, the last push of each. Estimated from the bytes of the bodies, ' +
          `${BYTES_PER_TOKEN.full} a token (thin ones: ${BYTES_PER_TOKEN.thin}): within about a tenth of o200k, for ` +
          'most alerts. Deliveries made before this was noted count as nothing',
      ),
    time_to_first_finding_seconds: z
      .object({ alert_count: z.int(), median: z.number().optional(), p95: z.number().optional() })
      .describe('From the delivery of an alert to the first finding of the agent about it'),
    findings: z.object({
      count: z.int(),
      unclassified: z.int(),
      by_classification: z.partialRecord(z.enum(otherwise), z.int()),
    }),
    judged: z
      .object({
        alert_count: z.int(),
        outcomes: z.array(
          z.object({
            classification: z.enum(otherwise),
            closed_as: z.enum(otherwise),
            count: z.int(),
          }),
        ),
        agreement: shareSchema.describe(
          'Alerts closed as the agent classified them, of all that it did not call inconclusive',
        ),
        true_positive_precision: shareSchema.describe(
          'Of the alerts that it called true_positive, those that were closed so',
        ),
        true_positive_recall: shareSchema.describe(
          'Of the alerts that were closed as true_positive, those that it called so',
        ),
        calibration: z
          .array(
            z.object({
              confidence_from: z.number(),
              confidence_to: z.number(),
              alert_count: z.int(),
              mean_confidence: z.number(),
              agreement: z.number(),
            }),
          )
          .describe('Calibrated: in each band, `agreement` is close to `mean_confidence`'),
      })
      .describe(
        'The last classified finding of the agent about each alert, against what the alert was closed as',
      ),
  })
  .meta({ id: 'Scorecard' });
export type Scorecard = z.infer<typeof scorecardSchema>;
export type VerdictWord = (typeof otherwise)[number];
