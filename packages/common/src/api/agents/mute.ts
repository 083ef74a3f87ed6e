import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { alertRuleSchema } from '../../rules/alert-rule.js';
import { timestampSchema } from '../http/fields.js';

/** Longest mute. */
export const MAX_MUTE_DAYS = 90;
/** Mutes that are on at once: each alert is asked by each of them. */
export const MAX_MUTES = 200;
const MAX_REASON_CHARACTERS = 500;

export const createMuteSchema = z
  .strictObject({
    rule: alertRuleSchema.describe(
      'Matches the alerts that are pushed to nobody; see docs/rules.md',
    ),
    until: z.iso
      .datetime({ offset: true })
      .describe(`When it ends: in the future, at most ${MAX_MUTE_DAYS} days`),
    reason: z.string().trim().min(1).max(MAX_REASON_CHARACTERS),
  })
  .meta({ id: 'CreateMute' });
export type CreateMute = z.infer<typeof createMuteSchema>;

export const muteSchema = z
  .object({
    uuid: uuidSchema,
    rule: alertRuleSchema,
    until: timestampSchema,
    reason: z.string(),
    is_active: z.boolean().describe('Whether it has not ended'),
    created_by: z.string().describe('Id of the API key'),
    muted_count: z.int().describe('Alerts that it kept from being pushed, each revision once'),
    last_muted_at: timestampSchema.optional(),
    created_at: timestampSchema,
  })
  .meta({ id: 'Mute' });
export type MuteResource = z.infer<typeof muteSchema>;
