import { compareSeverity, isAtLeast } from '@calseta/common';
import { type ClaimedDelivery } from '@calseta/database';
import { type Breaker } from '@calseta/async';
import { type AgentAttemptsDeps, createAgentAttempts } from './agent-attempts.js';
import { type HeldRoom } from './body-room.js';
import { isLeaseOver, type LeasedDelivery } from './leased-delivery.js';

export type QueueLimits = {
  /** Deliveries that wait in memory; the rest waits in Postgres. */
  maxQueued: number;
  /** Further places, for High and Critical alerts only. */
  maxUrgentExtra: number;
};

/**
 * One agent's deliveries, with a queue, a concurrency and a breaker of their own. The most urgent go first, then the
 * oldest alerts.
 */
export interface AgentQueue {
  /** Takes a place for a delivery that does not exist yet; false when there is none. */
  reserve(isUrgent: boolean): boolean;
  /** Gives a reserved place back. */
  cancel(): void;
  /** Adds a delivery; `reserved` when a place was taken for it. */
  add(delivery: LeasedDelivery, options: { reserved: boolean }): void;
  /** How many deliveries it can claim from Postgres now. */
  claimLimit(): number;
  /** Whether its next claim serves to test if the agent is back. */
  isProbing(): boolean;
  /** Records the result of a claim: fewer than the limit means that Postgres holds no more. */
  claimed(count: number, limit: number): void;
  /** Starts the attempts that may start. */
  pump(): void;
  /** Deliveries that wait or are under way. */
  leased(): LeasedDelivery[];
  /** Those of them that the agent has not answered; recording an answer gives up the lease. */
  unanswered(): LeasedDelivery[];
  /** Removes those of them that wait. */
  drop(lost: ReadonlySet<LeasedDelivery>): void;
  /** Starts nothing more; removes and returns what waits. */
  stop(): LeasedDelivery[];
  /** Resolves once no attempt is under way. */
  settled(): Promise<void>;
}

export type AgentQueueDeps = Pick<AgentAttemptsDeps, 'attempt'> & {
  limits: QueueLimits;
  breaker: Breaker;
  maxConcurrency: () => number;
  /** Room for the body of a delivery; without any, `onRoom` is called when there may be some. */
  reserveRoom: (delivery: LeasedDelivery, onRoom: () => void) => HeldRoom | undefined;
  /** Called with what waits when the agent is left alone; the leases are no longer this queue's. */
  giveBack: (waiting: LeasedDelivery[]) => void;
  /** Called when there is room again for deliveries that wait in Postgres. */
  onCapacity: () => void;
  /** Monotonic, ms. */
  now: () => number;
};

/** Deliveries that are claimed for each attempt that may be under way. */
const CLAIMED_PER_PLACE = 8;

export const isUrgent = (delivery: Pick<ClaimedDelivery, 'severity'>): boolean =>
  isAtLeast(delivery.severity, 'High');

/** Whether one waits in front of another. */
const comesBefore = (one: LeasedDelivery, other: LeasedDelivery): boolean =>
  compareSeverity(one.severity, other.severity) > 0 ||
  (one.severity === other.severity && one.receivedAt <= other.receivedAt);

export function createAgentQueue(deps: AgentQueueDeps): AgentQueue {
  const { limits, breaker } = deps;
  let waiting: LeasedDelivery[] = [];
  let reserved = 0;
  let isStopped = false;
  /** Whether Postgres may hold further deliveries of this agent. */
  let hasOverflow = true;

  const taken = () => waiting.length + reserved;
  const capacity = () => breaker.capacity(deps.maxConcurrency());
  const isProbing = () => breaker.waitMs() === 0;

  const attempts = createAgentAttempts({
    capacity,
    attempt: deps.attempt,
    onPlace() {
      if (capacity() === 0) giveBack();
      pump();
    },
    onRecorded() {
      if (hasOverflow && taken() <= limits.maxQueued / 2) deps.onCapacity();
    },
  });

  /** When the agent is back, the most urgent of all goes first, not what happened to wait here. */
  function giveBack(): void {
    if (waiting.length === 0) return;
    hasOverflow = true;
    deps.giveBack(waiting.splice(0));
  }

  function pump(): void {
    while (!isStopped && attempts.hasPlace()) {
      const next = waiting[0];
      if (!next) return;
      if (isLeaseOver(next, deps.now())) {
        // It is due again in Postgres, unless another process has it.
        hasOverflow = true;
        waiting.shift();
        continue;
      }
      const room = deps.reserveRoom(next, pump);
      if (!room) return;
      waiting.shift();
      attempts.start(next, room);
    }
  }

  return {
    reserve(isForUrgent) {
      const places = limits.maxQueued + (isForUrgent ? limits.maxUrgentExtra : 0);
      const isTaken = !isStopped && capacity() > 0 && taken() < places;
      if (isTaken) reserved += 1;
      else hasOverflow = true;
      return isTaken;
    },
    cancel() {
      reserved -= 1;
    },
    add(delivery, options) {
      if (options.reserved) reserved -= 1;
      const before = waiting.findLastIndex((other) => comesBefore(other, delivery));
      waiting.splice(before + 1, 0, delivery);
      pump();
    },
    claimLimit() {
      if (isStopped) return 0;
      if (isProbing()) return Math.max(0, 1 - taken() - attempts.underWay().length);
      const places = Math.min(limits.maxQueued, capacity() * CLAIMED_PER_PLACE);
      return Math.max(0, places - taken());
    },
    claimed(count, limit) {
      hasOverflow = count >= limit;
    },
    isProbing,
    pump,
    leased: () => [...waiting, ...attempts.underWay()],
    unanswered: () => [...waiting, ...attempts.unanswered()],
    drop(lost) {
      waiting = waiting.filter((delivery) => !lost.has(delivery));
    },
    stop() {
      isStopped = true;
      return waiting.splice(0);
    },
    settled: attempts.settled,
  };
}
