import { type AgentMatches } from '@calseta/common';

type NamedAgent = { id: string; name: string };

/** Agents that one activity row names; further ones are only counted. */
const MAX_NAMED = 100;

/** The detail of the activity row: which agents get the alert, and which clause excluded the others. */
export const toDispatchActivity = <A extends NamedAgent>(
  { matched, unmatched, mute, isCut }: AgentMatches<A>,
  times: { waitMs: number; workMs: number },
): Record<string, unknown> => ({
  agents_matched: matched.length,
  matched: matched.slice(0, MAX_NAMED).map(toName),
  agents_not_matched: unmatched.length,
  not_matched: unmatched
    .slice(0, MAX_NAMED)
    .map(({ agent, clause }) => ({ ...toName(agent), clause })),
  ...(mute && { muted: { mute_uuid: mute.id, reason: mute.reason } }),
  ...(isCut && {
    rules_cut: 'the payload is larger than what rules read; they may have missed a part',
  }),
  wait_ms: Math.max(0, times.waitMs),
  work_ms: times.workMs,
});

const toName = ({ id, name }: NamedAgent) => ({ agent_uuid: id, agent: name });
