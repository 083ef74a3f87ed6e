import { type AgentMatches } from './match-agents.js';

type NamedAgent = { id: string; name: string };

/** Agents that one activity row names; beyond, there is only their number. */
const MAX_NAMED = 100;

/** The detail of the activity row: who gets the alert, who does not, and by which clause. */
export const toDispatchActivity = <A extends NamedAgent>(
  { matched, unmatched }: AgentMatches<A>,
  times: { waitMs: number; workMs: number },
): Record<string, unknown> => ({
  agents_matched: matched.length,
  matched: matched.slice(0, MAX_NAMED).map(toName),
  agents_not_matched: unmatched.length,
  not_matched: unmatched
    .slice(0, MAX_NAMED)
    .map(({ agent, clause }) => ({ ...toName(agent), clause })),
  wait_ms: Math.max(0, times.waitMs),
  work_ms: times.workMs,
});

const toName = ({ id, name }: NamedAgent) => ({ agent_uuid: id, agent: name });
