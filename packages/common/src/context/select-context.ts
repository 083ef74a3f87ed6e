import { type IndicatorType } from '../alert/indicator-type.js';
import { type AlertFacts } from '../rules/alert-facts.js';
import { askAlert } from '../rules/ask-alert.js';
import { type CompiledRule } from '../rules/match-rule.js';

type Targeted = { isGlobal: boolean; targetingRules?: CompiledRule };

/** The documents for an alert: global ones, and those whose rules match it. */
export function selectDocuments<D extends Targeted>(documents: readonly D[], alert: AlertFacts) {
  const asked = askAlert(
    alert,
    documents.flatMap(({ targetingRules }) => targetingRules ?? []),
  );
  return documents.filter(
    ({ isGlobal, targetingRules }) => isGlobal || targetingRules?.matches(asked) === true,
  );
}

/** The workflows for an alert: those for one of its indicator types, and those without a type. */
export const selectWorkflows = <W extends { indicatorTypes: readonly IndicatorType[] }>(
  workflows: readonly W[],
  present: ReadonlySet<IndicatorType>,
) =>
  workflows.filter(
    ({ indicatorTypes }) =>
      indicatorTypes.length === 0 || indicatorTypes.some((type) => present.has(type)),
  );
