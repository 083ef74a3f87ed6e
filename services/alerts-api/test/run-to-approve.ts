import { type AcceptedRun, type RunParameters } from '@calseta/common';
import { createRunStore } from '@calseta/database';
import { expect } from '@jest/globals';
import { type TestAlertsApi } from './start-alerts-api.js';

export type Requester = {
  principalId: string;
  keyId: string;
  name: string;
  keyType: 'human' | 'agent';
};

export const AN_AGENT: Requester = {
  principalId: 'agent:asker',
  keyId: 'asker',
  name: 'An agent',
  keyType: 'agent',
};

export type AskedRun = AcceptedRun & { approval_uuid: string; workflow_uuid: string };

/** A workflow that does nothing in particular, and a run of it that waits for approval. */
export async function aRunToApprove(
  api: TestAlertsApi,
  options: {
    requester?: Requester;
    approvers?: string[];
    parameters?: RunParameters;
    reason?: string;
    alertId?: string;
    expiresAt?: Date;
    name?: string;
  } = {},
): Promise<AskedRun> {
  const made = await api.call('POST', '/v1/workflows', {
    body: {
      name: options.name ?? 'Suspend a user',
      approval_mode: 'always',
      risk_level: 'high',
      approvers: options.approvers ?? [],
    },
  });
  expect(made.status).toBe(201);
  const workflow = made.body.data as { uuid: string; version: number; name: string };
  const run = await createRunStore(api.database).create({
    workflowId: workflow.uuid,
    workflowVersion: workflow.version,
    workflowName: workflow.name,
    requester: options.requester ?? AN_AGENT,
    reason: options.reason ?? 'It looks bad.',
    alertId: options.alertId,
    indicator: { type: 'account', value: 'alice@example.com' },
    parameters: options.parameters ?? { notify: true },
    approval: { expiresAt: options.expiresAt ?? new Date(Date.now() + 3_600_000) },
  });
  return { ...run, approval_uuid: run.approval_uuid!, workflow_uuid: workflow.uuid };
}

export const statusOfRun = async ({ database }: TestAlertsApi, runId: string): Promise<string> =>
  (await database.prisma.workflowRun.findUniqueOrThrow({ where: { id: runId } })).status;
