import {
  type AlertFacts,
  askAlert,
  type AskedAlert,
  type CompiledRule,
  matchTriggerFilter,
  type TriggerFilter,
} from '@calseta/common';

type Candidate = {
  id: string;
  name: string;
  isActive: boolean;
  receiveUpdates: boolean;
  triggerFilter: TriggerFilter;
  match?: CompiledRule;
};

export type AgentMatches<A> = {
  matched: A[];
  /** Each with the clause that did not match. */
  unmatched: { agent: A; clause: string }[];
  /** Whether rules may have missed something, because the alert is larger than what rules read. */
  isCut: boolean;
};

/**
 * Decides which agents get an alert, and why the others do not. An update names the agents that were pushed the alert
 * before: they may decline it, but not one that matches for the first time.
 */
export function matchAgents<A extends Candidate>(
  agents: readonly A[],
  alert: AlertFacts,
  pushedAgentIds: readonly string[] = [],
): AgentMatches<A> {
  const asked = askAlert(
    alert,
    agents.flatMap(({ match }) => match ?? []),
  );
  const decided = agents.map((agent) => ({
    agent,
    clause: clauseAgainst(agent, alert, asked, pushedAgentIds),
  }));
  return {
    matched: decided.filter(({ clause }) => clause === undefined).map(({ agent }) => agent),
    unmatched: decided.flatMap(({ agent, clause }) =>
      clause === undefined ? [] : [{ agent, clause }],
    ),
    isCut: asked.isCut(),
  };
}

/** The first clause that excludes an agent. */
function clauseAgainst(
  agent: Candidate,
  alert: AlertFacts,
  asked: AskedAlert,
  pushedAgentIds: readonly string[],
): string | undefined {
  if (!agent.isActive) return 'is_active: it is switched off';
  const decision = matchTriggerFilter(agent.triggerFilter, alert);
  if (!decision.matches) return decision.clause;
  const failure = agent.match?.failure(asked);
  if (failure !== undefined) return `match${failure}`;
  return declines(agent, pushedAgentIds) ? 'receive_updates: it declines updates' : undefined;
}

const declines = (agent: Candidate, pushedAgentIds: readonly string[]): boolean =>
  !agent.receiveUpdates && pushedAgentIds.includes(agent.id);
