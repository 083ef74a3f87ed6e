import { type Breaker, type BreakerPolicy, createBreaker } from '@calseta/async';
import { type ClaimRequest } from '@calseta/database';
import { type Agent, hasUrl } from '../domain/agent.js';
import { type AgentQueue, createAgentQueue, type QueueLimits } from './agent-queue.js';
import { type AttemptPlace } from './agent-attempts.js';
import { type Agents } from './agents.js';
import { type BodyRoom } from './body-room.js';
import { type LeasedDelivery } from './leased-delivery.js';

/** The queues of all agents; none waits for another. */
export interface AgentQueues {
  of(agentId: string): AgentQueue;
  /** What each active agent's queue can claim from Postgres; removes the queues of agents that are gone. */
  claimRequests(agents: readonly Agent[]): ClaimRequest[];
  /** Adds the deliveries that were claimed for those requests. */
  take(claimed: readonly LeasedDelivery[], requests: readonly ClaimRequest[]): void;
  /** All deliveries that this process holds leases of. */
  leased(): LeasedDelivery[];
  /** Removes those of them that have not begun. */
  drop(lost: ReadonlySet<LeasedDelivery>): void;
  /** Starts nothing more; returns what has not begun. */
  stop(): LeasedDelivery[];
  settled(): Promise<void>;
}

export type AgentQueuesDeps = {
  agents: Pick<Agents, 'find'>;
  limits: QueueLimits;
  breakerPolicy: BreakerPolicy;
  attempt: (delivery: LeasedDelivery, breaker: Breaker, place: AttemptPlace) => Promise<void>;
  room: BodyRoom;
  /** Bytes that the body of a delivery takes at most. */
  maxBodyBytes: (delivery: LeasedDelivery) => number;
  /** Takes back what waits for an agent that is left alone, so that the most urgent goes first afterwards. */
  giveBack: (waiting: LeasedDelivery[]) => void;
  onCapacity: () => void;
};

export function createAgentQueues(deps: AgentQueuesDeps): AgentQueues {
  const queues = new Map<string, AgentQueue>();
  let isStopped = false;

  const open = (agentId: string): AgentQueue => {
    const breaker = createBreaker(deps.breakerPolicy, () => performance.now());
    const queue = createAgentQueue({
      limits: deps.limits,
      breaker,
      maxConcurrency: () => deps.agents.find(agentId)?.maxConcurrency ?? 1,
      attempt: async (delivery, place) => await deps.attempt(delivery, breaker, place),
      reserveRoom: (delivery, onRoom) =>
        deps.room.reserve(agentId, deps.maxBodyBytes(delivery), onRoom),
      giveBack: deps.giveBack,
      onCapacity: deps.onCapacity,
      now: () => performance.now(),
    });
    queues.set(agentId, queue);
    if (isStopped) queue.stop();
    return queue;
  };
  const of = (agentId: string) => queues.get(agentId) ?? open(agentId);

  return {
    of,
    claimRequests(agents) {
      for (const [agentId, queue] of queues) {
        queue.pump();
        if (!deps.agents.find(agentId) && queue.leased().length === 0) queues.delete(agentId);
      }
      return agents
        .filter((agent) => agent.isActive && agent.secrets && hasUrl(agent))
        .map(({ id }) => ({ agentId: id, limit: of(id).claimLimit(), isProbe: of(id).isProbing() }))
        .filter(({ limit }) => limit > 0);
    },
    take(claimed, requests) {
      const counts = new Map<string, number>();
      for (const delivery of claimed) {
        const queue = of(delivery.agentId);
        counts.set(delivery.agentId, (counts.get(delivery.agentId) ?? 0) + 1);
        const known = queue.unanswered().find(({ id }) => id === delivery.id);
        // A lease of this process that ran out before it was renewed.
        if (known) Object.assign(known, delivery);
        else queue.add(delivery, { reserved: false });
      }
      for (const { agentId, limit } of requests) {
        of(agentId).claimed(counts.get(agentId) ?? 0, limit);
      }
    },
    leased: () => [...queues.values()].flatMap((queue) => queue.leased()),
    drop(lost) {
      for (const queue of queues.values()) queue.drop(lost);
    },
    stop() {
      isStopped = true;
      return [...queues.values()].flatMap((queue) => queue.stop());
    },
    async settled() {
      await Promise.all([...queues.values()].map(async (queue) => await queue.settled()));
    },
  };
}
