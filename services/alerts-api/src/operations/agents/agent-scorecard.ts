import { formatTimestamp, type Scorecard, type ScorecardSpan } from '@calseta/common';
import { type AgentScorecardStore, type AgentStore } from '@calseta/database';
import { found } from '../found.js';
import { ownAgentOperation } from '../operation.js';
import { type ByUuid } from '../resources.js';
import { scoreAgent } from './score-agent.js';

export type AgentScorecardDeps = {
  agents: Pick<AgentStore, 'get'>;
  scorecards: AgentScorecardStore;
};

export type AgentScorecardOperations = ReturnType<typeof agentScorecardOperations>;

/** How well an agent does: for the agent itself, and for whoever may read agents. */
export const agentScorecardOperations = ({ agents, scorecards }: AgentScorecardDeps) => ({
  get: ownAgentOperation(
    { scope: 'alerts:read', unlessOwnAgent: 'agents:read' },
    async ({ uuid, ...span }: ByUuid & ScorecardSpan): Promise<Scorecard> => {
      const { mode } = found('agent', await agents.get(uuid));
      return {
        agent_uuid: uuid,
        mode,
        since: formatTimestamp(span.since),
        until: formatTimestamp(span.until),
        ...scoreAgent(await scorecards.tally(uuid, span)),
      };
    },
  ),
});
