import {
  type AlertContext,
  type AlertFacts,
  buildPush,
  type ContextDocumentText,
  type ContextWorkflow,
  type IndicatorType,
  type PushOptions,
  selectDocuments,
  selectWorkflows,
  type TargetingRules,
} from '@calseta/common';

/** What the organisation knows, for all alerts. */
export type Knowledge = {
  documents: readonly (ContextDocumentText & {
    isGlobal: boolean;
    targetingRules?: TargetingRules;
  })[];
  workflows: readonly (ContextWorkflow & { indicatorTypes: IndicatorType[] })[];
};

/** What is known of one alert. */
export type AlertKnowledge = Omit<AlertContext, 'alert' | 'contextDocuments' | 'workflows'> & {
  alert: Omit<AlertContext['alert'], 'rawPayload'>;
  rawPayloadJson: string;
};

/** Stands for the raw payload; no text that was ever stored contains NUL, so nothing else looks like it. */
const RAW_PAYLOAD_MARK = '\u0000';
const RAW_PAYLOAD_MARK_JSON = JSON.stringify(RAW_PAYLOAD_MARK);

/**
 * Writes the body of a push. The raw payload goes in as the JSON text that Postgres holds: parsing it
 * would round numbers that JavaScript cannot represent, and evidence is not to be altered.
 */
export function renderPush(
  alert: AlertKnowledge,
  { documents, workflows }: Knowledge,
  options: PushOptions,
): string {
  const present = new Set(alert.indicators.map(({ type }) => type));
  const push = buildPush(
    {
      ...alert,
      alert: { ...alert.alert, rawPayload: RAW_PAYLOAD_MARK },
      contextDocuments: selectDocuments(documents, factsOf(alert)),
      workflows: selectWorkflows(workflows, present),
    },
    options,
  );
  return JSON.stringify(push).replace(RAW_PAYLOAD_MARK_JSON, () => alert.rawPayloadJson);
}

/** What filters and targeting rules may ask about. */
export const factsOf = ({ alert }: Pick<AlertKnowledge, 'alert'>): AlertFacts => ({
  sourceName: alert.sourceName,
  severity: alert.severity,
  title: alert.title,
  tags: alert.tags,
});
