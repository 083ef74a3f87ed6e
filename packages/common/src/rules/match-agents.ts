import { type AlertFacts } from './alert-facts.js';
import { askAlert, type AskedAlert } from './ask-alert.js';
import { excludingClause } from './excluding-clause.js';
import { type CompiledRule } from './match-rule.js';
import { type LiveMute, muteOf } from './mute.js';
import { type TriggerFilter } from './trigger-filter.js';

type Candidate = {
  id: string;
  name: string;
  isActive: boolean;
  receiveUpdates: boolean;
  receivesAlerts: boolean;
  triggerFilter: TriggerFilter;
  match?: CompiledRule;
};

export type AgentMatches<A> = {
  matched: A[];
  /** Each with the clause that did not match. */
  unmatched: { agent: A; clause: string }[];
  /** The mute because of which nobody gets it. */
  mute?: LiveMute;
  /** Whether rules may have missed something, because the alert is larger than what rules read. */
  isCut: boolean;
};

export type MatchOptions = {
  /** Agents that were pushed an earlier revision; given for updates only. */
  pushedAgentIds?: readonly string[];
  mutes?: readonly LiveMute[];
};

/** Whether an agent still exists: it removes itself at its expiry, and its row is deleted soon after. */
export const isPresent = ({ expiresAt }: { expiresAt?: Date | undefined }, now: Date): boolean =>
  expiresAt === undefined || now < expiresAt;

/**
 * Decides which agents get an alert, and why the others do not. Agents that were pushed the alert before may decline an
 * update, but not an alert that matches for the first time. A muted alert goes to nobody.
 */
export function matchAgents<A extends Candidate>(
  agents: readonly A[],
  alert: AlertFacts,
  { pushedAgentIds = [], mutes = [] }: MatchOptions = {},
): AgentMatches<A> {
  const asked = askAlert(alert, [
    ...agents.flatMap(({ match }) => match ?? []),
    ...mutes.map(({ rule }) => rule),
  ]);
  const mute = muteOf(mutes, asked, new Date());
  const muted = mute && `mute ${mute.id}: ${mute.reason}`;
  const decided = agents.map((agent) => ({
    agent,
    clause: clauseAgainst(agent, alert, asked, pushedAgentIds) ?? muted,
  }));
  return {
    ...(mute && { mute }),
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
  if (!agent.receivesAlerts) return 'events: it takes no alert.enriched';
  return (
    excludingClause(agent, alert, asked) ??
    (declines(agent, pushedAgentIds) ? 'receive_updates: it declines updates' : undefined)
  );
}

const declines = (agent: Candidate, pushedAgentIds: readonly string[]): boolean =>
  !agent.receiveUpdates && pushedAgentIds.includes(agent.id);
