import {
  AppError,
  askAlert,
  type DispatchAlert,
  MAX_REPLAYED_DELIVERIES,
  matchTriggerFilter,
  type ReplayAgent,
  type ReplayedAgent,
} from '@calseta/common';
import {
  type AlertFactsStore,
  type AlertStore,
  type DeliveryStore,
  type DispatchAgent,
  type DispatchedAlert,
  type DispatchStore,
  type ReopenStore,
} from '@calseta/database';
import { assertAlertExists } from '../alerts/alerts.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { type ByUuid } from '../resources.js';

export type AgentReplayDeps = {
  reopening: ReopenStore;
  dispatch: Pick<DispatchStore, 'findAgent'>;
  alerts: Pick<AlertStore, 'exists'>;
  alertFacts: Pick<AlertFactsStore, 'forEach'>;
  deliveries: Pick<DeliveryStore, 'get'>;
  limits?: ReplayLimits;
};

export type AgentReplayOperations = ReturnType<typeof agentReplayOperations>;

/** Alerts whose filtered fields are read at once. */
const SLICE = 500;

/** What one replay may do; a longer span is replayed in parts. */
export type ReplayLimits = { scannedAlerts: number; deliveries: number };
export const REPLAY_LIMITS: ReplayLimits = {
  scannedAlerts: 200_000,
  deliveries: MAX_REPLAYED_DELIVERIES,
};

/** Pushes alerts again, to one agent alone. */
export const agentReplayOperations = (deps: AgentReplayDeps) => ({
  replay: operation(
    { scope: 'agents:write' },
    async ({ uuid, ...replay }: ByUuid & ReplayAgent, { principal }): Promise<ReplayedAgent> => {
      const agent = found('agent', await deps.dispatch.findAgent(uuid));
      const matched = await matchSpan(deps, agent, spanOf(replay));
      const wanted =
        replay.only === 'all' ? matched : matched.filter(({ isDelivered }) => !isDelivered);
      assertBounded(wanted.length, deps.limits);
      const opened = replay.dry_run
        ? wanted
        : await deps.reopening.reopen(uuid, wanted, principal.keyId);
      return { matched_count: matched.length, delivery_count: opened.length };
    },
  ),

  /** The outcome is the delivery. */
  dispatch: operation(
    { scope: 'agents:write' },
    async ({ uuid, agent_uuid: agentId }: ByUuid & DispatchAlert, { principal }) => {
      if (!(await deps.dispatch.findAgent(agentId))) {
        throw new AppError('request.invalid', 'There is no such agent.', {
          issues: [{ pointer: '/agent_uuid', message: 'names no agent' }],
        });
      }
      await assertAlertExists(deps.alerts)(uuid);
      const alert = await deps.reopening.findDispatched(agentId, uuid);
      const [id] = alert ? await deps.reopening.reopen(agentId, [alert], principal.keyId) : [];
      if (id === undefined) {
        throw new AppError(
          'resource.conflict',
          'The alert has not come through the pipeline; it is pushed when it has.',
        );
      }
      return found('delivery', await deps.deliveries.get(id));
    },
  ),
});

type Span = { since: Date; until: Date };

function spanOf({ since, until }: ReplayAgent): Span {
  const span = {
    since: new Date(since),
    until: until === undefined ? new Date() : new Date(until),
  };
  if (span.since < span.until) return span;
  throw new AppError('request.invalid', 'The span is empty.', {
    issues: [{ pointer: '/since', message: 'is not before `until`' }],
  });
}

/** What the filter of the agent takes now, whether or not it was delivered. */
async function matchSpan(
  { reopening, alertFacts, limits = REPLAY_LIMITS }: AgentReplayDeps,
  agent: DispatchAgent,
  span: Span,
): Promise<DispatchedAlert[]> {
  const matched: DispatchedAlert[] = [];
  let scanned = 0;
  let last: DispatchedAlert | undefined;
  for (;;) {
    const slice = await reopening.readSlice(agent.id, span, last, SLICE);
    scanned += slice.length;
    if (scanned > limits.scannedAlerts) {
      refuse(`looks at ${limits.scannedAlerts} alerts at most`);
    }
    matched.push(...(await takenOf(agent, slice, alertFacts)));
    last = slice.at(-1);
    if (slice.length < SLICE) return matched;
  }
}

async function takenOf(
  { triggerFilter, match, receivesAlerts }: DispatchAgent,
  alerts: readonly DispatchedAlert[],
  { forEach }: Pick<AlertFactsStore, 'forEach'>,
): Promise<DispatchedAlert[]> {
  if (!receivesAlerts) return [];
  const passed = alerts.filter(
    ({ filtered }) => matchTriggerFilter(triggerFilter, { alert: filtered }).matches,
  );
  if (!match || passed.length === 0) return passed;
  const taken = new Set<string>();
  await forEach(
    passed.map(({ alertId }) => alertId),
    (facts) => {
      if (match.failure(askAlert(facts, [match])) === undefined) taken.add(facts.uuid);
    },
  );
  return passed.filter(({ alertId }) => taken.has(alertId));
}

function assertBounded(count: number, { deliveries } = REPLAY_LIMITS): void {
  if (count > deliveries) refuse(`makes ${deliveries} deliveries at most`);
}

function refuse(bound: string): never {
  throw new AppError('request.invalid', `One replay ${bound}; replay the span in parts.`, {
    issues: [{ pointer: '/since', message: 'lies too far back' }],
  });
}
