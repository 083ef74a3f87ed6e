import {
  type AlertKnowledge,
  AppError,
  bodyFor,
  completeContext,
  type CountTokens,
  newUuid,
  refuseTestPush,
  renderPush,
  type REQUESTS,
  webhookIdOf,
} from '@calseta/common';
import { type DispatchStore } from '@calseta/database';
import { type Responder } from '@calseta/messaging';
import { type Agent, hasUrl } from '../domain/agent.js';
import { type Agents } from '../deliveries/agents.js';
import { toAttemptRecord } from '../deliveries/attempt-delivery.js';
import { sampleAlert } from '../domain/sample-alert.js';
import { decideOutcome } from '../webhooks/decide-outcome.js';
import { type SendWebhook } from '../webhooks/send-webhook.js';

/** A test push carries no context documents and no workflows. */
const SAMPLE_KNOWLEDGE = { documents: [], workflows: [] };

export type TestPushDeps = {
  agents: Pick<Agents, 'read'>;
  send: SendWebhook;
  store: Pick<DispatchStore, 'createTestDelivery' | 'recordAttempts'>;
  publicUrl: string;
  loadTokenCounter: () => Promise<CountTokens>;
  signal: AbortSignal;
};

/** `{agent_id}` → one push of a sample alert, signed like any other, recorded, and never retried. */
export function testPushResponder(deps: TestPushDeps): Responder<typeof REQUESTS.testPush> {
  return async function respondTestPush({ agent_id: agentId }, { traceparent }) {
    // The cache may not know an agent that was registered a second ago.
    const agent = await deps.agents.read(agentId);
    if (!agent?.secrets) throw new AppError('resource.not_found', 'No such agent.');
    if (!hasUrl(agent)) throw refuseTestPush(agentId);

    const deliveryId = newUuid();
    const now = new Date();
    const sample = sampleAlert(now);
    const { alert, rawPayloadJson } = sample;
    // Before the push: the agent may post its finding before it answers.
    await deps.store.createTestDelivery({ id: deliveryId, agentId, alert, rawPayloadJson });
    const sent = await deps.send({
      deliveryId,
      agent,
      secrets: agent.secrets,
      body: await renderSample(sample, agent, now, deps),
      traceparent,
      signal: deps.signal,
    });
    const decision = decideOutcome({
      result: sent.result,
      attemptNumber: 1,
      now,
      random: 0,
      retryDelaysMs: [],
      remainingMs: 0,
    });
    const record = toAttemptRecord(sent, decision, {
      deliveryId,
      agentId,
      number: 1,
      isCounted: false,
    });
    await deps.store.recordAttempts([record]);
    return {
      outcome: record.outcome,
      ...(record.statusCode !== undefined && { status_code: record.statusCode }),
      duration_ms: record.durationMs,
      webhook_id: webhookIdOf(deliveryId),
      alert_uuid: alert.uuid,
      ...(record.error !== undefined && { error: record.error + hintFor(record.statusCode) }),
    };
  };
}

/** The sample alert as this agent is pushed alerts. */
async function renderSample(
  sample: AlertKnowledge,
  { name, payload: settings }: Agent,
  now: Date,
  { publicUrl, loadTokenCounter }: Pick<TestPushDeps, 'publicUrl' | 'loadTokenCounter'>,
): Promise<string> {
  const options = { generatedAt: now, publicUrl, settings, agentName: name };
  const context = completeContext(sample, SAMPLE_KNOWLEDGE);
  const rendered =
    settings.mode === 'budgeted'
      ? renderPush(context, { ...options, countTokens: await loadTokenCounter() })
      : renderPush(context, options);
  return spaced(bodyFor(rendered, name));
}

/** With spaces that no writer of JSON would put there. */
const spaced = (json: string): string => `{ ${json.slice(1, -1)} }`;

/** Answers of agents that do not accept the signature. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([400, 401, 403]);

const hintFor = (statusCode: number | undefined): string =>
  REFUSALS.has(statusCode)
    ? '; the push was signed: verify the signature over the bytes as they came, since JSON that was parsed and written again has other spaces, escapes and numbers'
    : '';
