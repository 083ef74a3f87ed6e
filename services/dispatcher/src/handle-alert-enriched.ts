import { type AlertMessage, decideStep, newUuid } from '@calseta/common';
import type { Dispatch, NewDelivery, StoredAlertContext } from '@calseta/database';
import type { MessageHandler } from '@calseta/messaging';
import type { Agents } from './agents.js';
import { isUrgent } from './deliveries/agent-lane.js';
import type { HeldDelivery } from './deliveries/held-delivery.js';
import type { Lanes } from './deliveries/lanes.js';
import { matchAgents } from './domain/match-agents.js';
import { factsOf, type Knowledge, renderPush } from './domain/render-push.js';
import { toActivity } from './domain/to-activity.js';
import type { Payloads } from './payloads.js';
import { type Versioned } from '@calseta/async';

export type AlertEnrichedDeps = {
  loadContext: (alertId: string) => Promise<StoredAlertContext | undefined>;
  agents: Pick<Agents, 'at'>;
  knowledge: Versioned<Knowledge>;
  /** Commits; resolves to the ids of the deliveries that were made now. */
  dispatch: (dispatch: Dispatch) => Promise<ReadonlySet<string>>;
  payloads: Pick<Payloads, 'put'>;
  lanes: Pick<Lanes, 'of'>;
  leaseMs: number;
  publicUrl: string;
};

/** alert.enriched → who asked for it? → a delivery for each, committed → into the agents' lanes. */
export const createHandleAlertEnriched =
  (deps: AlertEnrichedDeps): MessageHandler =>
  async (message, { traceparent }) => {
    const plan = await planDispatch(deps, message);
    if (plan) await handOver(deps, plan, traceparent);
    return undefined;
  };

/** All that stays of an alert while its deliveries are committed: alerts are large, and many at a time. */
type Plan = {
  dispatch: Dispatch;
  alert: Pick<HeldDelivery, 'severity' | 'receivedAt'>;
};

async function planDispatch(
  deps: AlertEnrichedDeps,
  message: AlertMessage,
): Promise<Plan | undefined> {
  const startedAt = new Date();
  const context = await deps.loadContext(message.alert_id);
  if (!context || decideStep(message, context, 'dispatched') !== 'work') return undefined;

  const { configVersion, receivedAt } = context;
  const { severity } = context.alert;
  const matches = matchAgents(await deps.agents.at(configVersion), factsOf(context));
  const { alertId, revision } = { alertId: message.alert_id, revision: message.revision };
  if (matches.matched.length > 0) {
    const options = { generatedAt: new Date(), publicUrl: deps.publicUrl };
    deps.payloads.put(
      { alertId, revision },
      renderPush(context, await deps.knowledge.at(configVersion), options),
    );
  }
  const deliveries = matches.matched.map(({ id: agentId }) => ({
    id: newUuid(),
    agentId,
    // A place in the lane is asked for first: without one, the delivery waits in Postgres.
    ...(deps.lanes.of(agentId).reserve(isUrgent({ severity })) && { leaseToken: newUuid() }),
  }));
  const times = {
    waitMs: startedAt.getTime() - context.stageChangedAt.getTime(),
    workMs: Date.now() - startedAt.getTime(),
  };
  return {
    dispatch: { alertId, revision, deliveries, activity: toActivity(matches, times) },
    alert: { severity, receivedAt },
  };
}

/** Commits the deliveries and fills the reserved places, or gives them back. */
async function handOver(
  { dispatch, lanes, leaseMs }: AlertEnrichedDeps,
  plan: Plan,
  traceparent: string,
): Promise<void> {
  const { alertId, revision, deliveries } = plan.dispatch;
  const leasedUntilMs = performance.now() + leaseMs;
  let created: ReadonlySet<string> = new Set();
  try {
    created = await dispatch(plan.dispatch);
  } finally {
    for (const delivery of deliveries.filter(isReserved)) {
      const lane = lanes.of(delivery.agentId);
      const held = { ...delivery, ...plan.alert, alertId, revision, traceparent };
      if (!created.has(delivery.id)) lane.cancel();
      else lane.add({ ...held, attemptCount: 0, leasedUntilMs }, { reserved: true });
    }
  }
}

const isReserved = (delivery: NewDelivery): delivery is NewDelivery & { leaseToken: string } =>
  delivery.leaseToken !== undefined;
