import { type IndicatorType } from '../alert/indicator-type.js';
import { type CompiledRule } from '../rules/match-rule.js';
import {
  type AlertContext,
  type ContextDocumentText,
  type ContextWorkflow,
} from './alert-context.js';
import { selectDocuments, selectWorkflows } from './select-context.js';

/** Context documents and workflows of the organization. */
export type Knowledge = {
  documents: readonly (ContextDocumentText & {
    isGlobal: boolean;
    targetingRules?: CompiledRule;
  })[];
  workflows: readonly (ContextWorkflow & { indicatorTypes: IndicatorType[] })[];
};

/** An alert with all that is stored about it. */
export type AlertKnowledge = Omit<AlertContext, 'contextDocuments' | 'workflows'>;

/** Adds the documents meant for an alert, and the workflows that can act on it. */
export function completeContext(
  alert: AlertKnowledge,
  { documents, workflows }: Knowledge,
): AlertContext {
  const present = new Set(alert.indicators.map(({ type }) => type));
  return {
    ...alert,
    contextDocuments: selectDocuments(documents, alert),
    workflows: selectWorkflows(workflows, present),
  };
}
