import type { DispatchStore } from '@calseta/database';
import { logFailures, type Logger } from '@calseta/platform';
import type { Agents } from '../agents.js';
import { type Breaker, type BreakerPolicy, repeat } from '@calseta/async';
import type { LaneLimits } from './agent-lane.js';
import type { HeldDelivery } from './held-delivery.js';
import { createLanes, type Lanes } from './lanes.js';
import { renewHeld } from './renew-held.js';

export type DeliveryEngine = {
  lanes: Lanes;
  /** Claims nothing more, lets attempts under way end or be aborted, and gives back what was not made. */
  drain(): Promise<void>;
};

export type DeliveryEngineDeps = {
  store: Pick<DispatchStore, 'claimDue' | 'renewLeases' | 'releaseLeases'>;
  agents: Agents;
  attempt: (delivery: HeldDelivery, breaker: Breaker) => Promise<void>;
  log: Logger;
  limits: LaneLimits;
  breakerPolicy: BreakerPolicy;
  pollIntervalMs: number;
  leaseMs: number;
  /** Aborts the attempts under way. */
  signal: AbortSignal;
};

/** Leases are renewed so often that two renewals may fail before one runs out. */
const RENEWALS_PER_LEASE = 3;

/** Keeps the lanes fed from Postgres and their leases alive. */
export function startDeliveryEngine(deps: DeliveryEngineDeps): DeliveryEngine {
  const { store, agents, log, leaseMs, signal } = deps;
  const aborted: HeldDelivery[] = [];
  const lanes = createLanes({
    agents,
    limits: deps.limits,
    breakerPolicy: deps.breakerPolicy,
    attempt: async (delivery, breaker) => {
      await deps.attempt(delivery, breaker).catch((error: unknown) => {
        if (signal.aborted) {
          aborted.push(delivery);
          return;
        }
        // The lease runs out, and the delivery is attempted again.
        log.error('delivery.failed', {
          delivery_id: delivery.id,
          alert_id: delivery.alertId,
          agent_id: delivery.agentId,
          error,
        });
      });
    },
    onCapacity: () => claiming.trigger(),
  });

  const claiming = repeat({
    intervalMs: () => deps.pollIntervalMs,
    async work() {
      const wants = lanes.wants(await agents.current());
      if (wants.length === 0) return;
      const leasedUntilMs = performance.now() + leaseMs;
      const claimed = await store.claimDue(wants, leaseMs);
      lanes.take(
        claimed.map((delivery) => ({ ...delivery, leasedUntilMs })),
        wants,
      );
    },
    onError: logFailures(log, 'deliveries.claim_failed'),
  });
  const renewing = repeat({
    intervalMs: () => leaseMs / RENEWALS_PER_LEASE,
    async work() {
      const held = lanes.held();
      if (held.length > 0) lanes.drop(await renewHeld(held, store.renewLeases, leaseMs));
    },
    onError: logFailures(log, 'deliveries.renew_failed'),
  });

  return {
    lanes,
    async drain() {
      await claiming.stop();
      const waiting = lanes.stop();
      await lanes.settled();
      await renewing.stop();
      // Attempts that were recorded hold no lease any more: another dispatcher may have taken one since.
      const given = [...waiting, ...aborted];
      if (given.length > 0) await store.releaseLeases(given);
    },
  };
}
