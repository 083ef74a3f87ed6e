import { repeat } from '@calseta/async';
import { type DispatchStore } from '@calseta/database';
import { logFailures, type Logger } from '@calseta/platform';
import { type AgentQueues, type AgentQueuesDeps, createAgentQueues } from './agent-queues.js';
import { type Agents } from './agents.js';
import { type LeasedDelivery, toLeased } from './leased-delivery.js';
import { renewLeased } from './renew-leases.js';

export type DeliveryEngine = {
  queues: AgentQueues;
  /** Claims nothing more, waits for attempts under way to end or abort, and releases the leases that are left. */
  drain(): Promise<void>;
};

export type DeliveryEngineDeps = Pick<
  AgentQueuesDeps,
  'attempt' | 'breakerPolicy' | 'limits' | 'maxBodyBytes' | 'room'
> & {
  store: Pick<DispatchStore, 'claimDue' | 'renewLeases' | 'releaseLeases'>;
  agents: Agents;
  log: Logger;
  pollIntervalMs: number;
  leaseMs: number;
  /** Aborts the attempts under way. */
  signal: AbortSignal;
};

/** Two renewals in a row may fail before a lease runs out. */
const RENEWALS_PER_LEASE = 3;

/** Claims due deliveries for the agents' queues, and renews the leases of those that wait there. */
export function startDeliveryEngine(deps: DeliveryEngineDeps): DeliveryEngine {
  const { store, agents, log, leaseMs, signal } = deps;
  const aborted: LeasedDelivery[] = [];
  const queues = createAgentQueues({
    agents,
    limits: deps.limits,
    breakerPolicy: deps.breakerPolicy,
    room: deps.room,
    maxBodyBytes: deps.maxBodyBytes,
    attempt: async (delivery, breaker, place) => {
      await deps.attempt(delivery, breaker, place).catch((error: unknown) => {
        if (signal.aborted) {
          aborted.push(delivery);
          return;
        }
        // The delivery is attempted again once its lease has run out.
        log.error('delivery.failed', {
          delivery_id: delivery.id,
          alert_id: delivery.alertId,
          agent_id: delivery.agentId,
          error,
        });
      });
    },
    giveBack: (waiting) => {
      store.releaseLeases(waiting).catch(logFailures(log, 'deliveries.release_failed'));
    },
    onCapacity: () => claiming.trigger(),
  });

  const claiming = repeat({
    intervalMs: () => deps.pollIntervalMs,
    work: claimDue,
    onError: logFailures(log, 'deliveries.claim_failed'),
  });
  const renewing = repeat({
    intervalMs: () => leaseMs / RENEWALS_PER_LEASE,
    work: renewLeases,
    onError: logFailures(log, 'deliveries.renew_failed'),
  });

  async function claimDue(): Promise<void> {
    const requests = queues.claimRequests(await agents.current());
    if (requests.length === 0) return;
    const leasedUntilMs = performance.now() + leaseMs;
    const claimed = await store.claimDue(requests, leaseMs);
    queues.take(
      claimed.map((delivery) => toLeased(delivery, leasedUntilMs)),
      requests,
    );
  }

  async function renewLeases(): Promise<void> {
    const leased = queues.leased();
    if (leased.length > 0) queues.drop(await renewLeased(leased, store.renewLeases, leaseMs));
  }

  return {
    queues,
    async drain() {
      await claiming.stop();
      const waiting = queues.stop();
      await queues.settled();
      await renewing.stop();
      // A recorded attempt holds no lease any more: another dispatcher may have taken the delivery since.
      const unattempted = [...waiting, ...aborted];
      if (unattempted.length > 0) await store.releaseLeases(unattempted);
    },
  };
}
