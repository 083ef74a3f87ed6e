import { type AlertFacts } from './alert-facts.js';
import { type CompiledRule, type RuleSubject } from './match-rule.js';
import { matchTriggerFilter, type TriggerFilter } from './trigger-filter.js';

/** The clause of an agent's filter or rule that excludes an alert; undefined where both take it. */
export function excludingClause(
  { triggerFilter, match }: { triggerFilter: TriggerFilter; match?: CompiledRule },
  alert: AlertFacts,
  asked: RuleSubject,
): string | undefined {
  const decision = matchTriggerFilter(triggerFilter, alert);
  if (!decision.matches) return decision.clause;
  const failure = match?.failure(asked);
  return failure === undefined ? undefined : `match${failure}`;
}
