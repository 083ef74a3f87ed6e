import { AppError, newUuid, type REQUESTS } from '@calseta/common';
import type { AttemptRecord, DispatchStore } from '@calseta/database';
import type { Responder } from '@calseta/messaging';
import type { Agent } from './agents.js';
import { toAttemptRecord } from './deliveries/attempt-delivery.js';
import { type Knowledge, renderPush } from './domain/render-push.js';
import { sampleAlert } from './domain/sample-alert.js';
import { decideOutcome } from './webhooks/decide-outcome.js';
import type { SendWebhook } from './webhooks/send-webhook.js';

/** A test push tells of no knowledge that a real one would not. */
const SAMPLE_KNOWLEDGE: Knowledge = { documents: [], workflows: [] };

export type TestPushDeps = {
  /** As of this moment, for an agent that may have been registered a second ago. */
  findAgent: (agentId: string) => Promise<Agent | undefined>;
  send: SendWebhook;
  store: Pick<DispatchStore, 'createTestDelivery' | 'recordAttempts'>;
  publicUrl: string;
  signal: AbortSignal;
};

/** `{agent_id}` → one push of a sample alert, signed as any other, recorded and never repeated. */
export const createRespondTestPush =
  (deps: TestPushDeps): Responder<typeof REQUESTS.testPush> =>
  async ({ agent_id: agentId }, { traceparent }) => {
    const agent = await deps.findAgent(agentId);
    if (!agent?.secrets) throw new AppError('resource.not_found', 'No such agent.');

    const deliveryId = newUuid();
    const now = new Date();
    const sent = await deps.send({
      deliveryId,
      agent,
      secrets: agent.secrets,
      body: renderPush(sampleAlert(now), SAMPLE_KNOWLEDGE, {
        generatedAt: now,
        publicUrl: deps.publicUrl,
      }),
      traceparent,
      signal: deps.signal,
    });
    const decision = decideOutcome({
      result: sent.result,
      attemptNumber: 1,
      now,
      random: 0,
      retryDelaysMs: [],
    });
    const record: AttemptRecord = {
      ...toAttemptRecord(sent, decision),
      deliveryId,
      agentId,
      number: 1,
      isCounted: false,
    };
    await deps.store.createTestDelivery({ id: deliveryId, agentId });
    await deps.store.recordAttempts([record]);
    return {
      outcome: record.outcome,
      ...(record.statusCode !== undefined && { status_code: record.statusCode }),
      duration_ms: record.durationMs,
      ...(record.error !== undefined && { error: record.error }),
    };
  };
