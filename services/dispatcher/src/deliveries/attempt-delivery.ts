import { type Breaker, retry } from '@calseta/async';
import { isTransient } from '@calseta/common';
import { type AttemptRecord, type Lease } from '@calseta/database';
import { type Agent, hasUrl } from '../domain/agent.js';
import { type Decision, decideOutcome } from '../webhooks/decide-outcome.js';
import { type PushResult, type SendWebhook, type SentPush } from '../webhooks/send-webhook.js';
import { type Agents } from './agents.js';
import { isLeaseOver, type LeasedDelivery } from './leased-delivery.js';
import { type LoadBody } from './load-body.js';

export type DeliveryPolicy = {
  retryDelaysMs: readonly number[];
  /**
   * An agent is disabled when a delivery is dead and so many attempts in a row have failed. A delivery has ten
   * attempts over two days, so not one push got through in that time.
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
  /** Releases the lease of a delivery that was not attempted. */
  release: (lease: Lease) => Promise<void>;
  disableAgent: (agent: Agent, reason: string) => Promise<void>;
  observe: (attempt: ObservedAttempt) => void;
  policy: DeliveryPolicy;
  /** Aborted when the process must stop. */
  signal: AbortSignal;
};

export type ObservedAttempt = {
  delivery: LeasedDelivery;
  agent: Agent;
  number: number;
  sent: SentPush;
  decision: Decision;
};

/** One attempt at one delivery: load the body, send it, decide what follows, tell the breaker, record. */
export function deliveryAttempt(deps: AttemptDeliveryDeps) {
  return async function attemptDelivery(delivery: LeasedDelivery, breaker: Breaker): Promise<void> {
    const agent = deps.agents.find(delivery.agentId);
    if (!agent?.isActive || !agent.secrets || !hasUrl(agent)) {
      await deps.release(delivery);
      return;
    }
    const loaded = await deps.loadBody(delivery, agent);
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
    const record: AttemptRecord = {
      ...toAttemptRecord(sent, decision),
      deliveryId,
      leaseToken: delivery.leaseToken,
      agentId: agent.id,
      number,
      isCounted: isAgentsDoing,
    };
    const failures = await recordWithRetry(async () => await deps.record(record));
    const reason = reasonToDisable(decision, failures, deps.policy);
    if (reason !== undefined) await deps.disableAgent(agent, reason);
  };
}

/** Waits between the tries to record a push that was made: 12 s in all. */
const RECORD_WAITS_MS = [200, 400, 800, 1_600, 3_000, 6_000];

/** Retries while the database is away or busy: a push without a record is sent again after its lease. */
const recordWithRetry = async <T>(record: () => Promise<T>): Promise<T> =>
  await retry(record, { waitsMs: RECORD_WAITS_MS, isRetryable: isTransient });

const unsent = (result: PushResult): SentPush => ({
  result,
  startedAt: new Date(),
  durationMs: 0,
  responseBody: undefined,
});

function tellBreaker(breaker: Breaker, decision: Decision): void {
  if (decision.kind === 'delivered') breaker.succeeded();
  else breaker.failed();
  // The agent is disabled in the configuration as well, which takes effect within seconds.
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

/** The part of the record that the sending and the decision determine. */
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
