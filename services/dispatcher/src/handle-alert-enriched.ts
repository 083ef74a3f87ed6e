import { type AlertMessage, decideStep, newUuid } from '@calseta/common';
import type { Dispatch, LeasedDelivery, NewDelivery, StoredAlertContext } from '@calseta/database';
import type { MessageHandler } from '@calseta/messaging';
import type { Agents } from './agents.js';
import { isUrgent } from './deliveries/agent-lane.js';
import type { Lanes } from './deliveries/lanes.js';
import { matchAgents } from './domain/match-agents.js';
import { factsOf, type Knowledge, renderPush } from './domain/render-push.js';
import { toActivity } from './domain/to-activity.js';
import type { Payloads } from './payloads.js';
import type { Versioned } from './versioned.js';

export type AlertEnrichedDeps = {
  loadContext: (alertId: string) => Promise<StoredAlertContext | undefined>;
  agents: Pick<Agents, 'at'>;
  knowledge: Versioned<Knowledge>;
  /** Commits; resolves to the ids of the deliveries that were made now. */
  dispatch: (dispatch: Dispatch) => Promise<ReadonlySet<string>>;
  payloads: Pick<Payloads, 'put'>;
  lanes: Pick<Lanes, 'of'>;
  publicUrl: string;
};

/** alert.enriched → who asked for it? → a delivery for each, committed → into the agents' lanes. */
export const createHandleAlertEnriched =
  (deps: AlertEnrichedDeps): MessageHandler =>
  async (message, { traceparent }) => {
    const startedAt = new Date();
    const context = await deps.loadContext(message.alert_id);
    if (!context || decideStep(message, context, 'dispatched') !== 'work') return undefined;

    const { configVersion } = context;
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
      isLeased: deps.lanes.of(agentId).reserve(isUrgent(context.alert)),
    }));
    const times = {
      waitMs: startedAt.getTime() - context.stageChangedAt.getTime(),
      workMs: Date.now() - startedAt.getTime(),
    };
    await handOver(deps, deliveries, {
      dispatch: { alertId, revision, deliveries, activity: toActivity(matches, times) },
      toLeased: (delivery) => toLeased(delivery, message, context, traceparent),
    });
    return undefined;
  };

/** Commits the deliveries and fills the reserved places, or gives them back. */
async function handOver(
  { dispatch, lanes }: AlertEnrichedDeps,
  deliveries: readonly NewDelivery[],
  work: { dispatch: Dispatch; toLeased: (delivery: NewDelivery) => LeasedDelivery },
): Promise<void> {
  let created: ReadonlySet<string> = new Set();
  try {
    created = await dispatch(work.dispatch);
  } finally {
    for (const delivery of deliveries.filter(({ isLeased }) => isLeased)) {
      const lane = lanes.of(delivery.agentId);
      if (created.has(delivery.id)) lane.add(work.toLeased(delivery), { reserved: true });
      else lane.cancel();
    }
  }
}

const toLeased = (
  { id, agentId }: NewDelivery,
  message: AlertMessage,
  { alert, receivedAt }: StoredAlertContext,
  traceparent: string,
): LeasedDelivery => ({
  id,
  agentId,
  alertId: message.alert_id,
  revision: message.revision,
  attemptCount: 0,
  severity: alert.severity,
  receivedAt,
  traceparent,
});
