import {
  type ApproverResource,
  type CreateApprover,
  formatTimestamp,
  type UpdateApprover,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { type Approver } from '../generated/client.js';
import { type Encrypt } from '../core/encrypt.js';
import { refuseDuplicates } from '../core/expected-failures.js';
import { createFixedResourceStore, type FixedResourceStore } from './resource-store.js';

export type NewApprover = CreateApprover & {
  signing_secret: string;
  /** Principal. */
  set_by: string;
};

export type ApproverChange = {
  changes: UpdateApprover;
  /** Replaces the signing secret if the webhook moves to another origin. */
  freshSigningSecret: string;
  /** Principal. */
  changedBy: string;
};

export type ChangedApprover = { approver: ApproverResource; isSecretReplaced: boolean };

export interface ApproverStore extends FixedResourceStore<NewApprover, ApproverResource> {
  update(uuid: string, change: ApproverChange): Promise<ChangedApprover | undefined>;
}

/** Approvers. The URLs at which they are told are stored encrypted; their origins are shown. */
export function createApproverStore(
  database: Pick<Database, 'prisma' | 'query' | 'readLarge'>,
  encrypt: Encrypt,
): ApproverStore {
  const { prisma } = database;
  return {
    ...createFixedResourceStore(database, {
      noun: 'approver',
      toResource: toApprover,
      insert: (input: NewApprover) =>
        prisma.approver.create({
          data: {
            ...placesOf(input, encrypt),
            principal: input.principal,
            name: input.name,
            signingSecretEncrypted: encrypt(input.signing_secret),
            setBy: input.set_by,
          },
        }),
      table: 'approvers',
      rows: prisma.approver,
      delete: (id) => prisma.approver.delete({ where: { id } }),
    }),
    update: async (id, change) =>
      await refuseDuplicates('approver like it', update(prisma, encrypt, id, change)),
  };
}

async function update(
  prisma: Database['prisma'],
  encrypt: Encrypt,
  id: string,
  { changes, freshSigningSecret, changedBy }: ApproverChange,
): Promise<ChangedApprover | undefined> {
  return await prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM approvers WHERE id = ${id}::uuid FOR UPDATE`;
    const current = await tx.approver.findUnique({ where: { id } });
    if (!current) return undefined;
    const places = placesOf(changes, encrypt);
    const isMoving =
      typeof places.webhookOrigin === 'string' && places.webhookOrigin !== current.webhookOrigin;
    const row = await tx.approver.update({
      where: { id },
      data: {
        ...places,
        ...(changes.name !== undefined && { name: changes.name }),
        ...(Object.keys(places).length > 0 && { setBy: changedBy }),
        ...(isMoving && { signingSecretEncrypted: encrypt(freshSigningSecret) }),
      },
    });
    return { approver: toApprover(row), isSecretReplaced: isMoving };
  });
}

type Places = Pick<UpdateApprover, 'webhook_url' | 'slack_webhook_url' | 'slack_user_id'>;

/** Where an approver is told, and whose clicks count. */
const placesOf = (input: Places, encrypt: Encrypt) =>
  defined({
    webhookUrlEncrypted: mapped(input.webhook_url, encrypt),
    webhookOrigin: mapped(input.webhook_url, originOf),
    slackWebhookUrlEncrypted: mapped(input.slack_webhook_url, encrypt),
    slackWebhookOrigin: mapped(input.slack_webhook_url, originOf),
    slackUserId: input.slack_user_id,
  });

const mapped = (
  text: string | null | undefined,
  map: (given: string) => string,
): string | null | undefined => (typeof text === 'string' ? map(text) : text);

const originOf = (url: string): string => new URL(url).origin;

const toApprover = (row: Approver): ApproverResource => ({
  uuid: row.id,
  principal: row.principal,
  name: row.name,
  ...(row.webhookOrigin !== null && { webhook_origin: row.webhookOrigin }),
  ...(row.slackWebhookOrigin !== null && { slack_webhook_origin: row.slackWebhookOrigin }),
  ...(row.slackUserId !== null && { slack_user_id: row.slackUserId }),
  set_by: row.setBy,
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});
