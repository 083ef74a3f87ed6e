import type { LeasedDelivery } from '@calseta/database';
import { isAtLeast } from '@calseta/common';
import { type Breaker } from '@calseta/async';
import { type HeldDelivery, isLeaseOver } from './held-delivery.js';

export type LaneLimits = {
  /** Deliveries that wait in memory; the rest waits in Postgres. */
  maxQueued: number;
  /** Places beyond those, for High and Critical alerts only. */
  maxUrgentExtra: number;
};

/** One agent's deliveries: its own queue, its own concurrency, its own breaker. */
export interface AgentLane {
  /** Asks for a place before the delivery exists. */
  reserve(isUrgent: boolean): boolean;
  /** Gives the place back. */
  cancel(): void;
  /** Takes a delivery; `reserved` when a place had been asked for. */
  add(delivery: HeldDelivery, options: { reserved: boolean }): void;
  /** How many more it would take from Postgres. */
  wanted(): number;
  /** Tells how many of those there were: fewer means that Postgres holds no more. */
  claimed(count: number, wanted: number): void;
  /** Starts what may start. */
  pump(): void;
  /** What waits or is under way. */
  held(): HeldDelivery[];
  /** Drops those of them that wait. */
  drop(lost: ReadonlySet<HeldDelivery>): void;
  /** Drops what waits, returns it, and starts nothing more. */
  stop(): HeldDelivery[];
  /** Resolves once nothing is under way. */
  settled(): Promise<void>;
}

export type AgentLaneDeps = {
  limits: LaneLimits;
  breaker: Breaker;
  maxConcurrency: () => number;
  /** Never rejects. */
  attempt: (delivery: HeldDelivery) => Promise<void>;
  /** Called when there is room again for what waits in Postgres. */
  onCapacity: () => void;
  /** Monotonic, ms. */
  now: () => number;
};

/** Deliveries claimed ahead for each attempt that may be under way. */
const CLAIMED_PER_PLACE = 8;

export const isUrgent = (delivery: Pick<LeasedDelivery, 'severity'>): boolean =>
  isAtLeast(delivery.severity, 'High');

export function createAgentLane(deps: AgentLaneDeps): AgentLane {
  const { limits, breaker } = deps;
  let urgent: HeldDelivery[] = [];
  let normal: HeldDelivery[] = [];
  const underWay = new Map<HeldDelivery, Promise<void>>();
  let reserved = 0;
  let isStopped = false;
  /** Whether Postgres may hold more for this agent than is here. */
  let hasOverflow = true;

  const queued = () => urgent.length + normal.length;
  const taken = () => queued() + reserved;
  const capacity = () => breaker.capacity(deps.maxConcurrency());

  const start = (delivery: HeldDelivery) => {
    const attempt = deps.attempt(delivery).finally(() => {
      underWay.delete(delivery);
      pump();
      if (hasOverflow && taken() <= limits.maxQueued / 2) deps.onCapacity();
    });
    underWay.set(delivery, attempt);
  };

  const pump = () => {
    while (!isStopped && underWay.size < capacity()) {
      const next = urgent.shift() ?? normal.shift();
      if (!next) return;
      // Due again in Postgres, unless another has it.
      if (isLeaseOver(next, deps.now())) hasOverflow = true;
      else start(next);
    }
  };

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
    wanted() {
      if (isStopped) return 0;
      const places = Math.min(limits.maxQueued, capacity() * CLAIMED_PER_PLACE);
      return Math.max(0, places - taken());
    },
    claimed(count, wanted) {
      hasOverflow = count >= wanted;
    },
    pump,
    held: () => [...urgent, ...normal, ...underWay.keys()],
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
