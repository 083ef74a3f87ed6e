import type { ClaimRequest } from '@calseta/database';
import type { Agent, Agents } from '../agents.js';
import { type Breaker, type BreakerPolicy, createBreaker } from '@calseta/async';
import { type AgentLane, createAgentLane, type LaneLimits } from './agent-lane.js';
import type { HeldDelivery } from './held-delivery.js';

/** The lanes of all agents: none waits for another. */
export interface Lanes {
  of(agentId: string): AgentLane;
  /** What each active agent's lane would take from Postgres; drops the lanes of agents that are gone. */
  wants(agents: readonly Agent[]): ClaimRequest[];
  /** Takes what was claimed for those wants. */
  take(claimed: readonly HeldDelivery[], requests: readonly ClaimRequest[]): void;
  /** What this process holds leases on. */
  held(): HeldDelivery[];
  /** Drops those of them that have not begun. */
  drop(lost: ReadonlySet<HeldDelivery>): void;
  /** Starts nothing more; returns what had not begun. */
  stop(): HeldDelivery[];
  settled(): Promise<void>;
}

export type LanesDeps = {
  agents: Pick<Agents, 'find'>;
  limits: LaneLimits;
  breakerPolicy: BreakerPolicy;
  attempt: (delivery: HeldDelivery, breaker: Breaker) => Promise<void>;
  onCapacity: () => void;
};

export function createLanes(deps: LanesDeps): Lanes {
  const lanes = new Map<string, AgentLane>();
  let isStopped = false;

  const open = (agentId: string): AgentLane => {
    const breaker = createBreaker(deps.breakerPolicy, () => performance.now());
    const lane = createAgentLane({
      limits: deps.limits,
      breaker,
      maxConcurrency: () => deps.agents.find(agentId)?.maxConcurrency ?? 1,
      attempt: async (delivery) => await deps.attempt(delivery, breaker),
      onCapacity: deps.onCapacity,
      now: () => performance.now(),
    });
    lanes.set(agentId, lane);
    if (isStopped) lane.stop();
    return lane;
  };
  const of = (agentId: string) => lanes.get(agentId) ?? open(agentId);

  return {
    of,
    wants(agents) {
      for (const [agentId, lane] of lanes) {
        lane.pump();
        if (!deps.agents.find(agentId) && lane.held().length === 0) lanes.delete(agentId);
      }
      return agents
        .filter(({ isActive, secrets }) => isActive && secrets)
        .map(({ id }) => ({ agentId: id, limit: of(id).wanted() }))
        .filter(({ limit }) => limit > 0);
    },
    take(claimed, wants) {
      const counts = new Map<string, number>();
      for (const delivery of claimed) {
        const lane = of(delivery.agentId);
        counts.set(delivery.agentId, (counts.get(delivery.agentId) ?? 0) + 1);
        const held = lane.held().find(({ id }) => id === delivery.id);
        // A lease of our own that ran out before it was renewed.
        if (held) Object.assign(held, delivery);
        else lane.add(delivery, { reserved: false });
      }
      for (const { agentId, limit } of wants) of(agentId).claimed(counts.get(agentId) ?? 0, limit);
    },
    held: () => [...lanes.values()].flatMap((lane) => lane.held()),
    drop(lost) {
      for (const lane of lanes.values()) lane.drop(lost);
    },
    stop() {
      isStopped = true;
      return [...lanes.values()].flatMap((lane) => lane.stop());
    },
    async settled() {
      await Promise.all([...lanes.values()].map(async (lane) => await lane.settled()));
    },
  };
}
