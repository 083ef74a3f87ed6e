import {
  type AlertContext,
  buildPush,
  type CompiledRule,
  type ContextDocumentText,
  type ContextWorkflow,
  type IndicatorType,
  neutralizeJson,
  newUuid,
  type PushOptions,
  selectDocuments,
  selectWorkflows,
} from '@calseta/common';

/** Context documents and workflows of the organization. */
export type Knowledge = {
  documents: readonly (ContextDocumentText & {
    isGlobal: boolean;
    targetingRules?: CompiledRule;
  })[];
  workflows: readonly (ContextWorkflow & { indicatorTypes: IndicatorType[] })[];
};

/** An alert with all that a push shows of it. */
export type AlertKnowledge = Omit<AlertContext, 'alert' | 'contextDocuments' | 'workflows'> & {
  alert: Omit<AlertContext['alert'], 'rawPayload'>;
  rawPayloadJson: string;
};

/**
 * Renders the body of a push, with hidden characters written visibly. The raw payload is inserted as the JSON text
 * in Postgres: parsing it would round numbers that JavaScript cannot represent.
 */
export function renderPush(
  alert: AlertKnowledge,
  { documents, workflows }: Knowledge,
  options: PushOptions,
): string {
  const present = new Set(alert.indicators.map(({ type }) => type));
  // A placeholder for the raw payload that nobody can guess, so that no other text equals it.
  const mark = newUuid();
  const context = {
    ...alert,
    alert: { ...alert.alert, rawPayload: mark },
    contextDocuments: selectDocuments(documents, alert),
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
