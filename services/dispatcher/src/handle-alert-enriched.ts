import {
  type AlertMessage,
  completeContext,
  decideStep,
  deliveryIdOf,
  type Knowledge,
  type LiveMute,
  matchAgents,
  newUuid,
} from '@calseta/common';
import { type Versioned } from '@calseta/async';
import {
  type CreatedDeliveries,
  type Dispatch,
  type NewDelivery,
  type StoredAlertContext,
} from '@calseta/database';
import { type MessageHandler } from '@calseta/messaging';
import { isUrgent } from './deliveries/agent-queue.js';
import { type AgentQueues } from './deliveries/agent-queues.js';
import { type Agents } from './deliveries/agents.js';
import { type LeasedDelivery } from './deliveries/leased-delivery.js';
import { type Payloads } from './deliveries/payloads.js';
import { type WithContext } from './deliveries/alert-contexts.js';
import { hasUrl } from './domain/agent.js';
import { toDispatchActivity } from './domain/to-activity.js';

export type AlertEnrichedDeps = {
  withContext: WithContext;
  agents: Pick<Agents, 'at'>;
  knowledge: Versioned<Knowledge>;
  mutes: Versioned<LiveMute[]>;
  onMuted: () => void;
  /** Commits; resolves to the deliveries that it created. */
  dispatch: (dispatch: Dispatch) => Promise<CreatedDeliveries>;
  payloads: Pick<Payloads, 'prepare'>;
  queues: Pick<AgentQueues, 'of'>;
  leaseMs: number;
};

/** alert.enriched → match the agents → commit a delivery for each → add them to the agents' queues. */
export function alertEnrichedHandler(deps: AlertEnrichedDeps): MessageHandler {
  return async function handleAlertEnriched(message, { traceparent }) {
    const plan = await planDispatch(deps, message);
    if (plan) await commitDispatch(deps, plan, traceparent);
    return undefined;
  };
}

/** What is kept of an alert while its deliveries are committed. The alert itself may be large, so it is not kept. */
type Plan = {
  dispatch: Dispatch;
  alert: Pick<LeasedDelivery, 'severity' | 'receivedAt'>;
};

async function planDispatch(
  deps: AlertEnrichedDeps,
  message: AlertMessage,
): Promise<Plan | undefined> {
  const startedAt = new Date();
  return await deps.withContext(
    { alertId: message.alert_id, lane: message.lane },
    async (context) =>
      decideStep(message, context, 'dispatched') === 'work'
        ? await planFor(deps, message, context, startedAt)
        : undefined,
  );
}

/** Matches the agents, renders the bodies of their pushes, and reserves places in their queues. */
async function planFor(
  deps: AlertEnrichedDeps,
  message: AlertMessage,
  context: StoredAlertContext,
  startedAt: Date,
): Promise<Plan> {
  const { configVersion, receivedAt } = context;
  const { severity } = context.alert;
  const matches = matchAgents(await deps.agents.at(configVersion), context, {
    pushedAgentIds: context.pushedAgentIds,
    mutes: await deps.mutes.at(configVersion),
  });
  const { alertId, revision } = { alertId: message.alert_id, revision: message.revision };
  if (matches.matched.length > 0) {
    const complete = completeContext(context, await deps.knowledge.at(configVersion));
    await deps.payloads.prepare({ alertId, revision }, complete, matches.matched);
  }
  const deliveries = matches.matched.map((agent) => ({
    id: deliveryIdOf({ alertId, agentId: agent.id, revision }),
    agentId: agent.id,
    // Without a place in the queue, the delivery waits in Postgres; so does that of an agent that pulls.
    ...(hasUrl(agent) &&
      deps.queues.of(agent.id).reserve(isUrgent({ severity })) && { leaseToken: newUuid() }),
  }));
  const times = {
    waitMs: startedAt.getTime() - context.stageChangedAt.getTime(),
    workMs: Date.now() - startedAt.getTime(),
  };
  return {
    dispatch: {
      alertId,
      revision,
      severity,
      deliveries,
      ...(matches.mute && { muteId: matches.mute.id }),
      activity: toDispatchActivity(matches, times),
    },
    alert: { severity, receivedAt },
  };
}

/** Commits the deliveries and uses the reserved places, or gives them back. */
async function commitDispatch(
  { dispatch, onMuted, queues, leaseMs }: AlertEnrichedDeps,
  plan: Plan,
  traceparent: string,
): Promise<void> {
  const { alertId, revision, deliveries } = plan.dispatch;
  const openedAtMs = performance.now();
  const untried = { attemptCount: 0, earlierAttempts: 0, openedAtMs };
  const leasedUntilMs = openedAtMs + leaseMs;
  let created: CreatedDeliveries = new Map();
  try {
    created = await dispatch(plan.dispatch);
    if (plan.dispatch.muteId !== undefined) onMuted();
  } finally {
    for (const delivery of deliveries.filter(isReserved)) {
      const queue = queues.of(delivery.agentId);
      const leased = { ...delivery, ...plan.alert, alertId, revision, traceparent };
      if (created.get(delivery.id) !== delivery.leaseToken) queue.cancel();
      else queue.add({ ...leased, ...untried, leasedUntilMs }, { reserved: true });
    }
  }
}

const isReserved = (delivery: NewDelivery): delivery is NewDelivery & { leaseToken: string } =>
  delivery.leaseToken !== undefined;
