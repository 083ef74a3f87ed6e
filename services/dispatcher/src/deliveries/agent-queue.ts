import { isAtLeast } from '@calseta/common';
import { type ClaimedDelivery } from '@calseta/database';
import { type Breaker } from '@calseta/async';
import { isLeaseOver, type LeasedDelivery } from './leased-delivery.js';

export type QueueLimits = {
  /** Deliveries that wait in memory; the rest waits in Postgres. */
  maxQueued: number;
  /** Further places, for High and Critical alerts only. */
  maxUrgentExtra: number;
};

/** One agent's deliveries, with a queue, a concurrency and a breaker of their own. */
export interface AgentQueue {
  /** Takes a place for a delivery that does not exist yet; false when there is none. */
  reserve(isUrgent: boolean): boolean;
  /** Gives a reserved place back. */
  cancel(): void;
  /** Adds a delivery; `reserved` when a place was taken for it. */
  add(delivery: LeasedDelivery, options: { reserved: boolean }): void;
  /** How many deliveries it can claim from Postgres now. */
  claimLimit(): number;
  /** Records the result of a claim: fewer than the limit means that Postgres holds no more. */
  claimed(count: number, limit: number): void;
  /** Starts the attempts that may start. */
  pump(): void;
  /** Deliveries that wait or are under way. */
  leased(): LeasedDelivery[];
  /** Removes those of them that wait. */
  drop(lost: ReadonlySet<LeasedDelivery>): void;
  /** Starts nothing more; removes and returns what waits. */
  stop(): LeasedDelivery[];
  /** Resolves once no attempt is under way. */
  settled(): Promise<void>;
}

export type AgentQueueDeps = {
  limits: QueueLimits;
  breaker: Breaker;
  maxConcurrency: () => number;
  /** Never rejects. */
  attempt: (delivery: LeasedDelivery) => Promise<void>;
  /** Called when there is room again for deliveries that wait in Postgres. */
  onCapacity: () => void;
  /** Monotonic, ms. */
  now: () => number;
};

/** Deliveries that are claimed for each attempt that may be under way. */
const CLAIMED_PER_PLACE = 8;

export const isUrgent = (delivery: Pick<ClaimedDelivery, 'severity'>): boolean =>
  isAtLeast(delivery.severity, 'High');

export function createAgentQueue(deps: AgentQueueDeps): AgentQueue {
  const { limits, breaker } = deps;
  let urgent: LeasedDelivery[] = [];
  let normal: LeasedDelivery[] = [];
  const underWay = new Map<LeasedDelivery, Promise<void>>();
  let reserved = 0;
  let isStopped = false;
  /** Whether Postgres may hold further deliveries of this agent. */
  let hasOverflow = true;

  const taken = () => urgent.length + normal.length + reserved;
  const capacity = () => breaker.capacity(deps.maxConcurrency());

  function start(delivery: LeasedDelivery): void {
    const attempt = deps.attempt(delivery).finally(() => {
      underWay.delete(delivery);
      pump();
      if (hasOverflow && taken() <= limits.maxQueued / 2) deps.onCapacity();
    });
    underWay.set(delivery, attempt);
  }

  function pump(): void {
    while (!isStopped && underWay.size < capacity()) {
      const next = urgent.shift() ?? normal.shift();
      if (!next) return;
      // It is due again in Postgres, unless another process has it.
      if (isLeaseOver(next, deps.now())) hasOverflow = true;
      else start(next);
    }
  }

  return {
    reserve(isForUrgent) {
      const places = limits.maxQueued + (isForUrgent ? limits.maxUrgentExtra : 0);
      const hasPlace = !isStopped && capacity() > 0 && taken() < places;
      if (hasPlace) reserved += 1;
      else hasOverflow = true;
      return hasPlace;
    },
    cancel() {
      reserved -= 1;
    },
    add(delivery, options) {
      if (options.reserved) reserved -= 1;
      (isUrgent(delivery) ? urgent : normal).push(delivery);
      pump();
    },
    claimLimit() {
      if (isStopped) return 0;
      const places = Math.min(limits.maxQueued, capacity() * CLAIMED_PER_PLACE);
      return Math.max(0, places - taken());
    },
    claimed(count, limit) {
      hasOverflow = count >= limit;
    },
    pump,
    leased: () => [...urgent, ...normal, ...underWay.keys()],
    drop(lost) {
      urgent = urgent.filter((delivery) => !lost.has(delivery));
      normal = normal.filter((delivery) => !lost.has(delivery));
    },
    stop() {
      isStopped = true;
      return [...urgent.splice(0), ...normal.splice(0)];
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}
