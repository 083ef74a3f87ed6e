import type { AttemptRecord, Lease } from '@calseta/database';
import type { Agent, Agents } from '../agents.js';
import { type Breaker } from '@calseta/async';
import { type Decision, decideOutcome } from '../webhooks/decide-outcome.js';
import type { PushResult, SendWebhook, SentPush } from '../webhooks/send-webhook.js';
import { type HeldDelivery, isLeaseOver } from './held-delivery.js';
import type { LoadBody } from './load-body.js';

export type DeliveryPolicy = {
  retryDelaysMs: readonly number[];
  /**
   * An agent is disabled when a delivery is given up and this many attempts in a row have failed: with
   * ten attempts over two days, not one push got through in all that time.
   */
  disableAfterFailures: number;
};

export const DISABLE_AFTER_FAILURES = 10;

export type AttemptDeliveryDeps = {
  agents: Pick<Agents, 'find'>;
  loadBody: LoadBody;
  send: SendWebhook;
  /** Resolves to the agent's failures in a row. */
  record: (record: AttemptRecord) => Promise<number>;
  /** Gives a delivery back unattempted. */
  release: (lease: Lease) => Promise<void>;
  disableAgent: (agent: Agent, reason: string) => Promise<void>;
  observe: (attempt: ObservedAttempt) => void;
  policy: DeliveryPolicy;
  /** Aborts when the process may wait no longer. */
  signal: AbortSignal;
};

export type ObservedAttempt = {
  delivery: HeldDelivery;
  agent: Agent;
  number: number;
  sent: SentPush;
  decision: Decision;
};

/** One attempt at one delivery: send, decide, record, and tell the breaker. */
export const createAttemptDelivery =
  (deps: AttemptDeliveryDeps) =>
  async (delivery: HeldDelivery, breaker: Breaker): Promise<void> => {
    const agent = deps.agents.find(delivery.agentId);
    if (!agent?.isActive || !agent.secrets) {
      await deps.release(delivery);
      return;
    }
    const loaded = await deps.loadBody(delivery);
    if (loaded.kind === 'gone') return;
    if (isLeaseOver(delivery, performance.now())) return;

    const { id: deliveryId, traceparent } = delivery;
    const { secrets } = agent;
    const sent =
      loaded.kind === 'unrendered'
        ? unsent(loaded)
        : await deps.send({
            deliveryId,
            agent,
            secrets,
            body: loaded.body,
            traceparent,
            signal: deps.signal,
          });
    const isAgentsDoing = sent.result.kind !== 'unrendered';
    const number = delivery.attemptCount + 1;
    const decision = decideOutcome({
      result: sent.result,
      attemptNumber: number,
      now: new Date(),
      random: Math.random(),
      retryDelaysMs: deps.policy.retryDelaysMs,
    });
    if (isAgentsDoing) tellBreaker(breaker, decision);
    deps.observe({ delivery, agent, number, sent, decision });
    const failures = await deps.record({
      ...toAttemptRecord(sent, decision),
      deliveryId,
      leaseToken: delivery.leaseToken,
      agentId: agent.id,
      number,
      isCounted: isAgentsDoing,
    });
    const reason = reasonToDisable(decision, failures, deps.policy);
    if (reason !== undefined) await deps.disableAgent(agent, reason);
  };

const unsent = (result: PushResult): SentPush => ({
  result,
  startedAt: new Date(),
  durationMs: 0,
  responseBody: undefined,
});

function tellBreaker(breaker: Breaker, decision: Decision): void {
  if (decision.kind === 'delivered') breaker.succeeded();
  else breaker.failed();
  // It is told to stop right away; the configuration follows within seconds.
  if (decision.kind === 'gone') breaker.pause(Number.POSITIVE_INFINITY);
  if (decision.kind === 'retry' && decision.isAgentPaused) breaker.pause(decision.delayMs);
}

function reasonToDisable(
  decision: Decision,
  failures: number,
  { disableAfterFailures }: DeliveryPolicy,
): string | undefined {
  if (decision.kind === 'gone') return 'It answered 410 Gone.';
  if (decision.kind === 'dead' && failures >= disableAfterFailures) {
    return `A delivery was given up, and the last ${failures} attempts failed; the last: ${decision.error}.`;
  }
  return undefined;
}

/** What an attempt leaves behind. */
export function toAttemptRecord(sent: SentPush, decision: Decision) {
  const { result } = sent;
  const isDelivered = decision.kind === 'delivered';
  return {
    startedAt: sent.startedAt,
    durationMs: sent.durationMs,
    outcome: isDelivered ? 'delivered' : decision.outcome,
    ...(result.kind === 'response' && { statusCode: result.status }),
    ...(sent.responseBody !== undefined && { responseBody: sent.responseBody }),
    ...(!isDelivered && { error: decision.error }),
    ...nextStatus(decision),
  };
}

function nextStatus(decision: Decision): Pick<AttemptRecord, 'status' | 'retryDelayMs'> {
  switch (decision.kind) {
    case 'delivered':
      return { status: 'delivered' };
    case 'retry':
      return { status: 'pending', retryDelayMs: decision.delayMs };
    case 'dead':
    case 'gone':
      return { status: 'dead' };
  }
}
