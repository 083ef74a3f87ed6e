import { type CreateApprover, type UpdateApprover } from '@calseta/common';
import { type ApproverStore } from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { type ByUuid, readOperations } from '../resources.js';
import { type CheckUrl, warnOfUrl } from '../warn-of-url.js';

export type ApproverDeps = {
  approvers: ApproverStore;
  checkUrl: CheckUrl;
  generateSigningSecret: () => string;
};

export type ApproverOperations = ReturnType<typeof approverOperations>;

/** A link or a click in Slack decides as its approver, so no agent's key may say where approvers are told. */
const WRITE = { scope: 'admin', keyType: 'human' } as const;

/** Who is asked to approve runs. */
export const approverOperations = ({
  approvers,
  checkUrl,
  generateSigningSecret,
}: ApproverDeps) => {
  const warningsOf = async ({ webhook_url, slack_webhook_url }: UpdateApprover) => [
    ...(await warnOfUrl(checkUrl, webhook_url, '/webhook_url')),
    ...(await warnOfUrl(checkUrl, slack_webhook_url, '/slack_webhook_url')),
  ];
  return {
    ...readOperations({
      noun: 'approver',
      scopes: { read: 'admin', write: 'admin' },
      store: approvers,
    }),
    /** The outcome contains the signing secret, which is shown only here. */
    create: operation(WRITE, async (input: CreateApprover, { principal }) => {
      const warnings = await warningsOf(input);
      const secret = generateSigningSecret();
      const approver = await approvers.create({
        ...input,
        signing_secret: secret,
        set_by: principal.principalId,
      });
      return { approver: { ...approver, signing_secret: secret }, warnings };
    }),
    update: operation(
      WRITE,
      async ({ uuid, changes }: ByUuid & { changes: UpdateApprover }, { principal }) => {
        const warnings = await warningsOf(changes);
        const secret = generateSigningSecret();
        const { approver, isSecretReplaced } = found(
          'approver',
          await approvers.update(uuid, {
            changes,
            freshSigningSecret: secret,
            changedBy: principal.principalId,
          }),
        );
        return {
          approver: { ...approver, ...(isSecretReplaced && { signing_secret: secret }) },
          warnings,
        };
      },
    ),
    remove: operation(WRITE, async ({ uuid }: ByUuid) => {
      found('approver', (await approvers.remove(uuid)) || undefined);
    }),
  };
};
