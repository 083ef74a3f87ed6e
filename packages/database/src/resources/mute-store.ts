import {
  alertRuleSchema,
  AppError,
  type CreateMute,
  formatTimestamp,
  MAX_MUTES,
  type MuteResource,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { type Mute } from '../generated/client.js';
import { createFixedResourceStore, type FixedResourceStore } from './resource-store.js';

/** `created_by`: id of the API key. */
export type NewMute = CreateMute & { created_by: string };

export type MuteStore = FixedResourceStore<NewMute, MuteResource>;

/** Mutes: rules whose alerts are pushed to nobody for a time. */
export function createMuteStore(database: Database): MuteStore {
  const { prisma } = database;
  return createFixedResourceStore(database, {
    noun: 'mute',
    toResource: toMute,
    insert: (input: NewMute) =>
      prisma.$transaction(async (tx) => {
        const row = await tx.mute.create({
          data: {
            rule: input.rule,
            until: new Date(input.until),
            reason: input.reason,
            createdBy: input.created_by,
          },
        });
        if ((await tx.mute.count({ where: { until: { gt: new Date() } } })) > MAX_MUTES)
          throw new AppError(
            'resource.conflict',
            `At most ${MAX_MUTES} mutes are on at once; delete one, or join their rules by "any".`,
          );
        return row;
      }),
    table: 'mutes',
    rows: prisma.mute,
    delete: (id) => prisma.mute.delete({ where: { id } }),
  });
}

const toMute = (row: Mute): MuteResource => ({
  uuid: row.id,
  rule: alertRuleSchema.parse(row.rule),
  until: formatTimestamp(row.until),
  reason: row.reason,
  is_active: row.until > new Date(),
  created_by: row.createdBy,
  muted_count: row.mutedCount,
  ...(row.lastMutedAt && { last_muted_at: formatTimestamp(row.lastMutedAt) }),
  created_at: formatTimestamp(row.createdAt),
});
