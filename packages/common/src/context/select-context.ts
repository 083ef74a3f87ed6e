import { type IndicatorType } from '../alert/indicator-type.js';
import { type AlertFacts } from '../rules/alert-facts.js';
import { matchTargetingRules, type TargetingRules } from '../rules/targeting-rules.js';

type Targeted = { isGlobal: boolean; targetingRules?: TargetingRules };

/** The documents for an alert: global ones, and those whose rules match it. */
export const selectDocuments = <D extends Targeted>(documents: readonly D[], alert: AlertFacts) =>
  documents.filter(
    ({ isGlobal, targetingRules }) =>
      isGlobal || (targetingRules !== undefined && matchTargetingRules(targetingRules, alert)),
  );

/** The workflows for an alert: those for one of its indicator types, and those without a type. */
export const selectWorkflows = <W extends { indicatorTypes: readonly IndicatorType[] }>(
  workflows: readonly W[],
  present: ReadonlySet<IndicatorType>,
) =>
  workflows.filter(
    ({ indicatorTypes }) =>
      indicatorTypes.length === 0 || indicatorTypes.some((type) => present.has(type)),
  );
