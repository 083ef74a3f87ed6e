import { type AlertFacts, matchTriggerFilter, type TriggerFilter } from '@calseta/common';

type Candidate = {
  id: string;
  name: string;
  isActive: boolean;
  receiveUpdates: boolean;
  triggerFilter: TriggerFilter;
};

export type AgentMatches<A> = {
  matched: A[];
  /** Each with the clause that did not match. */
  unmatched: { agent: A; clause: string }[];
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
  const matches: AgentMatches<A> = { matched: [], unmatched: [] };
  for (const agent of agents) {
    const decision = matchTriggerFilter(agent.triggerFilter, alert);
    if (!agent.isActive) matches.unmatched.push({ agent, clause: 'is_active: it is switched off' });
    else if (decision.matches && declines(agent, pushedAgentIds)) {
      matches.unmatched.push({ agent, clause: 'receive_updates: it declines updates' });
    } else if (decision.matches) matches.matched.push(agent);
    else matches.unmatched.push({ agent, clause: decision.clause });
  }
  return matches;
}

const declines = (agent: Candidate, pushedAgentIds: readonly string[]): boolean =>
  !agent.receiveUpdates && pushedAgentIds.includes(agent.id);
