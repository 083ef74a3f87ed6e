import { decideStep, newUuid } from '@calseta/common';
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
import type { Versioned } from './versioned.js';

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
      ...(deps.lanes.of(agentId).reserve(isUrgent(context.alert)) && { leaseToken: newUuid() }),
    }));
    const leasedUntilMs = performance.now() + deps.leaseMs;
    const times = {
      waitMs: startedAt.getTime() - context.stageChangedAt.getTime(),
      workMs: Date.now() - startedAt.getTime(),
    };
    await handOver(deps, deliveries, {
      dispatch: { alertId, revision, deliveries, activity: toActivity(matches, times) },
      toHeld: (lease) => ({
        ...lease,
        leasedUntilMs,
        alertId,
        revision,
        attemptCount: 0,
        severity: context.alert.severity,
        receivedAt: context.receivedAt,
        traceparent,
      }),
    });
    return undefined;
  };

/** Commits the deliveries and fills the reserved places, or gives them back. */
async function handOver(
  { dispatch, lanes }: AlertEnrichedDeps,
  deliveries: readonly NewDelivery[],
  work: { dispatch: Dispatch; toHeld: (lease: ReservedDelivery) => HeldDelivery },
): Promise<void> {
  let created: ReadonlySet<string> = new Set();
  try {
    created = await dispatch(work.dispatch);
  } finally {
    for (const delivery of deliveries.filter(isReserved)) {
      const lane = lanes.of(delivery.agentId);
      if (created.has(delivery.id)) lane.add(work.toHeld(delivery), { reserved: true });
      else lane.cancel();
    }
  }
}

type ReservedDelivery = NewDelivery & { leaseToken: string };

const isReserved = (delivery: NewDelivery): delivery is ReservedDelivery =>
  delivery.leaseToken !== undefined;
