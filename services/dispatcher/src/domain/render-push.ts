import {
  type AlertContext,
  type AlertFacts,
  buildPush,
  type ContextDocumentText,
  type ContextWorkflow,
  type IndicatorType,
  neutralizeJson,
  newUuid,
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

/**
 * Writes the body of a push, with the hidden characters in all its text written visibly. The raw payload goes
 * in as the JSON text that Postgres holds: parsing it would round numbers that JavaScript cannot represent.
 */
export function renderPush(
  alert: AlertKnowledge,
  { documents, workflows }: Knowledge,
  options: PushOptions,
): string {
  const present = new Set(alert.indicators.map(({ type }) => type));
  // Stands for the raw payload; nobody can guess it, so nothing else looks like it.
  const mark = newUuid();
  const context = {
    ...alert,
    alert: { ...alert.alert, rawPayload: mark },
    contextDocuments: selectDocuments(documents, factsOf(alert)),
    workflows: selectWorkflows(workflows, present),
  };
  const write = (madeVisibleCount: number) =>
    neutralizeJson(JSON.stringify(buildPush(context, { ...options, madeVisibleCount })));

  const rawPayload = neutralizeJson(alert.rawPayloadJson);
  const around = write(rawPayload.madeVisibleCount);
  const { json } =
    around.madeVisibleCount === 0
      ? around
      : write(rawPayload.madeVisibleCount + around.madeVisibleCount);
  return json.replace(`"${mark}"`, () => rawPayload.json);
}

/** What filters and targeting rules may ask about. */
export const factsOf = ({ alert }: Pick<AlertKnowledge, 'alert'>): AlertFacts => ({
  sourceName: alert.sourceName,
  severity: alert.severity,
  title: alert.title,
  tags: alert.tags,
  hosts: alert.hosts,
  users: alert.users,
});
