import { z } from 'zod';
import { severitySchema } from '../../alert/severity.js';
import { uuidSchema } from '../../core/ids.js';
import { alertRuleSchema } from '../../rules/alert-rule.js';
import { timestampSchema } from '../http/fields.js';

/** Stored alerts that one test of a rule asks, newest first. */
export const TESTED_ALERTS = { default: 1_000, max: 5_000 } as const;
/** Matching alerts that the answer shows; further ones are only counted. */
export const MAX_SHOWN_MATCHES = 50;
/** A test stops after this time, with what it has. */
export const MAX_RULE_TEST_SECONDS = 5;

export const testRuleSchema = z
  .strictObject({
    rule: alertRuleSchema,
    received_from: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Only alerts received since then'),
    limit: z
      .int()
      .min(1)
      .max(TESTED_ALERTS.max)
      .default(TESTED_ALERTS.default)
      .describe('Alerts to test, newest first'),
  })
  .meta({ id: 'TestRule' });
export type TestRule = z.infer<typeof testRuleSchema>;

export const testedRuleSchema = z
  .object({
    tested_count: z.int(),
    matched_count: z.int(),
    matches: z
      .array(
        z.object({
          alert_uuid: uuidSchema,
          title: z.string(),
          severity: severitySchema,
          source_name: z.string(),
          received_at: timestampSchema,
        }),
      )
      .describe(`The newest ${MAX_SHOWN_MATCHES} that match`),
    failed: z
      .array(
        z.object({
          clause: z.string().describe('JSON Pointer of the clause in the rule, and what it asks'),
          count: z.int().describe('Alerts that it was the first to exclude'),
          sample_alert_uuid: uuidSchema,
        }),
      )
      .describe('Why the others do not match, most frequent first'),
    is_complete: z
      .boolean()
      .describe(
        `false: there are further alerts, beyond \`limit\` or ${MAX_RULE_TEST_SECONDS} seconds of work`,
      ),
  })
  .meta({ id: 'TestedRule' });
export type TestedRule = z.infer<typeof testedRuleSchema>;
