import {
  type AgentExplanation,
  type AgentResource,
  type AgentVerdict,
  ALERT_ENRICHED,
  type AlertResource,
  askAlert,
  compileAlertRule,
  type DeliveryResource,
  excludingClause,
  formatTimestamp,
} from '@calseta/common';
import {
  type AgentStore,
  type AlertFactsStore,
  type AlertStore,
  type DeliveryStore,
  type LastDispatch,
  type StoredAlertFacts,
} from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { type ByUuid } from '../resources.js';

export type ExplainAgentDeps = {
  agents: Pick<AgentStore, 'get'>;
  alerts: Pick<AlertStore, 'get'>;
  alertFacts: Pick<AlertFactsStore, 'get' | 'lastDispatch'>;
  deliveries: Pick<DeliveryStore, 'list'>;
};

/** Newest deliveries of the alert to the agent that are shown. */
const MAX_DELIVERIES = 10;

/** Says why an agent did or did not get an alert. */
export const explainAgentOperation = (deps: ExplainAgentDeps) =>
  operation(
    { scope: 'agents:read' },
    async ({
      uuid,
      alert_uuid: alertUuid,
    }: ByUuid & { alert_uuid: string }): Promise<AgentExplanation> => {
      const agent = found('agent', await deps.agents.get(uuid));
      const [alert, facts, dispatch, deliveries] = await Promise.all([
        deps.alerts.get(alertUuid),
        deps.alertFacts.get(alertUuid),
        deps.alertFacts.lastDispatch(alertUuid),
        deps.deliveries.list(
          { agent_uuid: uuid, alert_uuid: alertUuid },
          { cursor: undefined, pageSize: MAX_DELIVERIES, includeTotal: false },
        ),
      ]);
      return explain({
        agent,
        alert: found('alert', alert),
        facts: found('alert', facts),
        dispatch,
        deliveries: deliveries.items,
      });
    },
  );

type Evidence = {
  agent: AgentResource;
  alert: AlertResource;
  facts: StoredAlertFacts;
  dispatch: LastDispatch | undefined;
  deliveries: readonly DeliveryResource[];
};

function explain(evidence: Evidence): AgentExplanation {
  const { agent, alert, dispatch, deliveries } = evidence;
  const decision = decisionAbout(agent.uuid, dispatch);
  const [verdict, explanation] = verdictOf(evidence, decision);
  return {
    agent_uuid: agent.uuid,
    alert_uuid: alert.uuid,
    verdict,
    explanation,
    ...(dispatch && decision && { at_dispatch: { at: formatTimestamp(dispatch.at), ...decision } }),
    now: decideNow(evidence),
    deliveries: deliveries.map((delivery) => ({
      uuid: delivery.uuid,
      revision: delivery.revision,
      status: delivery.status,
      attempt_count: delivery.attempt_count,
      ...(delivery.last_error !== undefined && { last_error: delivery.last_error }),
    })),
    notes: notesOn(evidence),
  };
}

type Decision = { matched: boolean; clause?: string };

/** What the activity of the last dispatch says about the agent; undefined where it does not name it. */
function decisionAbout(agentId: string, dispatch: LastDispatch | undefined): Decision | undefined {
  const named = (list: unknown): Record<string, unknown> | undefined =>
    Array.isArray(list)
      ? (list as Record<string, unknown>[]).find((entry) => entry['agent_uuid'] === agentId)
      : undefined;
  if (named(dispatch?.detail['matched'])) return { matched: true };
  const excluded = named(dispatch?.detail['not_matched']);
  return excluded && { matched: false, clause: String(excluded['clause']) };
}

function decideNow({ agent, facts }: Evidence): AgentExplanation['now'] {
  const match = agent.match && compileAlertRule(agent.match);
  const clause =
    clauseOfAgent(agent) ??
    excludingClause(
      { triggerFilter: agent.trigger_filter, ...(match && { match }) },
      facts,
      askAlert(facts, match ? [match] : []),
    );
  return clause === undefined ? { matches: true } : { matches: false, clause };
}

/** What keeps every alert from an agent. */
function clauseOfAgent({ is_active: isActive, events }: AgentResource): string | undefined {
  if (!isActive) return 'is_active: it is switched off';
  return events.includes(ALERT_ENRICHED) ? undefined : 'events: it takes no alert.enriched';
}

type Verdict = [AgentVerdict, string];

function verdictOf(evidence: Evidence, decision: Decision | undefined): Verdict {
  const [newest] = evidence.deliveries;
  const { alert } = evidence;
  if (newest?.revision === alert.revision) return verdictOfDelivery(newest);
  const early = verdictOfStage(alert);
  if (early) return early;
  if (decision) return verdictOfDecision(decision, newest);
  if (newest) return verdictOfDelivery(newest);
  return verdictOfUnnamed(evidence);
}

function verdictOfDelivery({
  status,
  attempt_count: attempts,
  last_error: error,
}: DeliveryResource): Verdict {
  const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${error === undefined ? '' : `, the last one: ${error}`}`;
  switch (status) {
    case 'delivered':
      return ['delivered', 'The agent has got it.'];
    case 'dead':
      return [
        'given_up',
        `The push was given up after ${tried}. POST /v1/deliveries/{uuid}/retry sends it again.`,
      ];
    case 'cancelled':
      return ['cancelled', error ?? 'The push was cancelled.'];
    default:
      return ['waiting', `The push waits for its next attempt (${tried}).`];
  }
}

function verdictOfStage({ pipeline_stage: stage, failure }: AlertResource): Verdict | undefined {
  const why = failure ? ` ${failure.reason}` : '';
  switch (stage) {
    case 'quarantined':
      return [
        'quarantined',
        `The alert could not be read, so it goes to nobody.${why} Correct its source, then POST /v1/alerts/{uuid}/reparse.`,
      ];
    case 'failed':
      return ['failed', `The pipeline failed.${why} POST /v1/alerts/{uuid}/replay tries again.`];
    case 'dispatched':
      return undefined;
    default:
      return ['in_pipeline', `The alert has not been dispatched yet: its stage is ${stage}.`];
  }
}

function verdictOfDecision(
  { matched, clause = '' }: Decision,
  earlier?: DeliveryResource,
): Verdict {
  if (matched) return ['unknown', 'The alert matched, but there is no delivery of it any more.'];
  if (clause.startsWith('mute ')) {
    return ['muted', `A mute kept it from everybody: ${clause}.`];
  }
  if (clause.startsWith('receive_updates')) {
    return [
      'declined_update',
      `The agent takes no updates${earlier ? ', and had been pushed the alert before' : ''}.`,
    ];
  }
  if (clause.startsWith('is_active')) {
    return ['switched_off', 'The agent was switched off when the alert was dispatched.'];
  }
  return ['filtered', `Its filter or rule excluded the alert: ${clause}.`];
}

function verdictOfUnnamed({ agent, alert, dispatch }: Evidence): Verdict {
  if (dispatch && new Date(agent.created_at) > dispatch.at) {
    return [
      'registered_later',
      'The agent was registered after the alert had been dispatched. To push it to this agent alone: ' +
        `POST /v1/agents/${agent.uuid}/replay {"since": "${alert.received_at}", "only": "missed"}, for all alerts since then, ` +
        `or POST /v1/alerts/${alert.uuid}/dispatch {"agent_uuid": "${agent.uuid}"}.`,
    ];
  }
  return ['unknown', 'The activity of the alert does not name the agent.'];
}

function notesOn({ agent, alert }: Evidence): string[] {
  const { severity_original: original, duplicate_count: repeats } = alert;
  const notes: string[] = [];
  if (repeats > 0)
    notes.push(
      `${repeats} later ${repeats === 1 ? 'message' : 'messages'} about the alert counted as repeats; a repeat is pushed only when it changes the alert.`,
    );
  if (alert.severity === 'Pending')
    notes.push(
      original === undefined
        ? 'The sender gave no severity: it counts as Pending, below every min_severity.'
        : `Its severity \`${original}\` was not understood: it counts as Pending, below every min_severity. Map it in the source’s severity_map.`,
    );
  if (!agent.is_active)
    notes.push(
      `The agent is switched off${agent.disabled_reason === undefined ? '' : `: ${agent.disabled_reason}`}.`,
    );
  if (agent.mode === 'shadow')
    notes.push(
      'The agent is in shadow mode: it is pushed everything, its findings are kept apart, and it can change nothing.',
    );
  if (!agent.receive_updates) notes.push('The agent takes no updates (receive_updates).');
  return notes;
}
