import { type AlertFacts, matchTriggerFilter, type TriggerFilter } from '@calseta/common';

type Candidate = { id: string; name: string; isActive: boolean; triggerFilter: TriggerFilter };

export type AgentMatches<A> = {
  matched: A[];
  /** With the clause that refused each. */
  unmatched: { agent: A; clause: string }[];
};

/** Decides which agents get an alert, and says why of the others. */
export function matchAgents<A extends Candidate>(
  agents: readonly A[],
  alert: AlertFacts,
): AgentMatches<A> {
  const matches: AgentMatches<A> = { matched: [], unmatched: [] };
  for (const agent of agents) {
    const decision = matchTriggerFilter(agent.triggerFilter, alert);
    if (!agent.isActive) matches.unmatched.push({ agent, clause: 'is_active: it is switched off' });
    else if (decision.matches) matches.matched.push(agent);
    else matches.unmatched.push({ agent, clause: decision.clause });
  }
  return matches;
}
