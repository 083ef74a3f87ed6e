import { type Breaker, retry } from '@calseta/async';
import { estimateTokens, isTransient } from '@calseta/common';
import { type AgentFailures, type AttemptRecord, type Lease } from '@calseta/database';
import { type Agent, type AgentSecrets, type AgentWithUrl, hasUrl } from '../domain/agent.js';
import { type Decision, decideOutcome } from '../webhooks/decide-outcome.js';
import { type PushResult, type SendWebhook, type SentPush } from '../webhooks/send-webhook.js';
import { type AttemptPlace } from './agent-attempts.js';
import { type Agents } from './agents.js';
import { type HeldRoom } from './body-room.js';
import { attemptSinceOpened, isLeaseOver, type LeasedDelivery } from './leased-delivery.js';
import { type LoadBody } from './load-body.js';

export type DeliveryPolicy = {
  retryDelaysMs: readonly number[];
  /** A delivery is dead after that time, on its agent's clock. */
  giveUpAfterMs: number;
  /** An agent is disabled when its attempts have failed for so long without a success … */
  disableAfterMs: number;
  /** … and so many of them, since one that is rarely pushed to may only have had bad luck. */
  disableAfterFailures: number;
};

export const DISABLE_AFTER_FAILURES = 5;

/** Immediate repeats of a push whose reused connection was closed; each closed connection costs one. */
const MAX_RESENDS = 3;

export type AttemptDeliveryDeps = {
  agents: Pick<Agents, 'find'>;
  loadBody: LoadBody;
  send: SendWebhook;
  /** Resolves to the agent's failures. */
  record: (record: AttemptRecord) => Promise<AgentFailures>;
  /** Releases the lease of a delivery that was not attempted. */
  release: (lease: Lease) => Promise<void>;
  disableAgent: (agent: Agent, reason: string) => Promise<void>;
  /** Makes due what waits for an agent that was away and is back. */
  makeDue: (agentId: string) => Promise<void>;
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

/**
 * One attempt at one delivery: load the body, send it, decide what follows, tell the breaker, record. `onAnswered` is
 * called before it is recorded, unless it is repeated at once.
 */
export function deliveryAttempt(deps: AttemptDeliveryDeps) {
  const push = pusher(deps);
  const settle = attemptSettler(deps);
  return async function attemptDelivery(
    delivery: LeasedDelivery,
    breaker: Breaker,
    { room, onAnswered }: AttemptPlace,
  ): Promise<void> {
    const agent = deps.agents.find(delivery.agentId);
    if (!agent?.isActive || !agent.secrets || !hasUrl(agent)) {
      await deps.release(delivery);
      return;
    }
    const { secrets } = agent;
    for (let resends = MAX_RESENDS; resends >= 0; resends -= 1) {
      const pushed = await push({ delivery, agent, secrets, room });
      if (!pushed) return;
      const { sent, bytes } = pushed;
      const isSentAgain = sent.result.kind === 'interrupted' && !deps.signal.aborted && resends > 0;
      if (!isSentAgain) room.release();
      await settle({ delivery, agent, breaker, sent, bytes, isSentAgain, onAnswered });
      if (!isSentAgain) return;
      delivery.attemptCount += 1;
    }
  };
}

type PushToMake = {
  delivery: LeasedDelivery;
  agent: AgentWithUrl;
  secrets: AgentSecrets;
  room: HeldRoom;
};

/**
 * Loads a body and sends it. Nothing of the body is kept afterwards, while the attempt is recorded. Undefined when nothing
 * was sent, because the alert is gone or another process may hold the delivery.
 */
function pusher({ loadBody, send, signal }: AttemptDeliveryDeps) {
  return async function push({
    delivery,
    agent,
    secrets,
    room,
  }: PushToMake): Promise<Pick<MadeAttempt, 'sent' | 'bytes'> | undefined> {
    const loaded = await loadBody(delivery, agent);
    if (loaded.kind === 'gone' || isLeaseOver(delivery, performance.now())) return undefined;
    if (loaded.kind === 'unrendered') return { sent: unsent(loaded), bytes: undefined };
    const { body } = loaded;
    room.resize(body.length);
    const { id: deliveryId, traceparent } = delivery;
    const sent = await send({ deliveryId, agent, secrets, body, traceparent, signal });
    return { sent, bytes: body.length };
  };
}

type MadeAttempt = {
  delivery: LeasedDelivery;
  agent: Agent;
  breaker: Breaker;
  sent: SentPush;
  /** Of the body; undefined when there was none. */
  bytes: number | undefined;
  /** The caller repeats it at once. */
  isSentAgain: boolean;
  onAnswered: () => void;
};

/** Decides what follows from an attempt, and writes it down. */
function attemptSettler(deps: AttemptDeliveryDeps) {
  const { policy } = deps;
  return async function settleAttempt(made: MadeAttempt): Promise<void> {
    const { delivery, agent, breaker, sent } = made;
    const number = delivery.attemptCount + 1;
    const decision = decideOutcome({
      result: sent.result,
      attemptNumber: attemptSinceOpened(delivery, number),
      now: new Date(),
      random: Math.random(),
      retryDelaysMs: policy.retryDelaysMs,
      remainingMs: policy.giveUpAfterMs - (performance.now() - delivery.openedAtMs),
    });
    const wasAway = breaker.waitMs() !== undefined;
    tellBreaker(breaker, decision);
    deps.observe({ delivery, agent, number, sent, decision });
    const record = toAttemptRecord(sent, decision, {
      deliveryId: delivery.id,
      leaseToken: delivery.leaseToken,
      agentId: agent.id,
      number,
      isCounted: isAgentsDoing(decision),
      breakerWaitMs: breaker.waitMs(),
      keepsLease: made.isSentAgain,
      tokens: made.bytes === undefined ? undefined : estimateTokens(made.bytes, agent.payload.mode),
    });
    // The breaker was told, so no further attempt begins at an agent that is away.
    if (!made.isSentAgain) made.onAnswered();
    const failures = await recordWithRetry(async () => await deps.record(record));
    const reason = reasonToDisable(decision, failures, policy);
    if (reason !== undefined) await deps.disableAgent(agent, reason);
    if (wasAway && breaker.waitMs() === undefined) await deps.makeDue(agent.id);
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
  note: undefined,
});

const isAgentsDoing = (decision: Decision): boolean =>
  decision.kind === 'delivered' || decision.fault === 'away' || decision.fault === 'agent';

function tellBreaker(breaker: Breaker, decision: Decision): void {
  if (decision.kind === 'delivered') {
    breaker.succeeded();
    return;
  }
  if (decision.fault === 'ours') return;
  if (decision.fault === 'away') {
    // An agent that says when it is back is asked again then, not later.
    if (decision.kind === 'retry' && decision.agentPauseMs !== undefined) {
      breaker.pause(decision.agentPauseMs);
    } else {
      breaker.failed();
    }
    return;
  }
  // It answers, so it is there.
  if (breaker.waitMs() === 0) breaker.succeeded();
  // The agent is disabled in the configuration as well, which takes effect within seconds.
  if (decision.kind === 'gone') breaker.pause(Number.POSITIVE_INFINITY);
}

const HOUR_MS = 3_600_000;

function reasonToDisable(
  decision: Decision,
  failures: AgentFailures,
  { disableAfterMs, disableAfterFailures }: DeliveryPolicy,
): string | undefined {
  if (decision.kind === 'gone') return 'It answered 410 Gone.';
  if (decision.kind === 'delivered' || !isAgentsDoing(decision)) return undefined;
  if (failures.forMs < disableAfterMs || failures.count < disableAfterFailures) return undefined;
  const hours = Math.floor(failures.forMs / HOUR_MS);
  return `Each of the last ${failures.count} attempts failed, over ${hours} hours; the last: ${decision.error}.`;
}

/** The fields of a record that follow neither from the answer nor from the decision. */
type MadeFor = Pick<
  AttemptRecord,
  | 'deliveryId'
  | 'leaseToken'
  | 'agentId'
  | 'number'
  | 'isCounted'
  | 'breakerWaitMs'
  | 'keepsLease'
  | 'tokens'
>;

/** The record of an attempt; written out, because there is one for every push and a spread is slow. */
export function toAttemptRecord(
  sent: SentPush,
  decision: Decision,
  madeFor: MadeFor,
): AttemptRecord {
  const { result } = sent;
  const isDelivered = decision.kind === 'delivered';
  return {
    deliveryId: madeFor.deliveryId,
    leaseToken: madeFor.leaseToken,
    agentId: madeFor.agentId,
    number: madeFor.number,
    isCounted: madeFor.isCounted,
    breakerWaitMs: madeFor.breakerWaitMs,
    keepsLease: madeFor.keepsLease,
    tokens: madeFor.tokens,
    startedAt: sent.startedAt,
    durationMs: sent.durationMs,
    outcome: isDelivered ? 'delivered' : decision.outcome,
    statusCode: result.kind === 'response' ? result.status : undefined,
    responseBody: sent.responseBody,
    error: isDelivered ? undefined : decision.error,
    note: sent.note,
    status: STATUS_AFTER[decision.kind],
    retryDelayMs: decision.kind === 'retry' ? decision.delayMs : undefined,
  };
}

const STATUS_AFTER = {
  delivered: 'delivered',
  retry: 'pending',
  dead: 'dead',
  gone: 'dead',
} as const satisfies Record<Decision['kind'], AttemptRecord['status']>;
