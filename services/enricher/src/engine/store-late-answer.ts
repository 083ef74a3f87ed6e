import { type ProviderOutcome } from '../domain/summarize-outcomes.js';
import { type EnrichmentStore, type IndicatorToEnrich } from '@calseta/database';
import { type Engine } from './engine.js';

export type LateAnswerDeps = {
  store: Pick<EnrichmentStore, 'saveResults' | 'findIndicator' | 'saveVerdicts' | 'raiseMalice'>;
  engine: Pick<Engine, 'judge'>;
};

/** `alertId`: the alert whose enrichment did not wait for the answer. */
export type StoreLateAnswer = (
  subject: IndicatorToEnrich,
  outcome: ProviderOutcome,
  alertId?: string,
) => Promise<void>;

/** Stores answers that missed their alert's deadline, and judges their indicator and the alert again. */
export function lateAnswerStorer({ store, engine }: LateAnswerDeps): StoreLateAnswer {
  return async function storeLateAnswer({ id, type, value }, outcome, alertId) {
    await store.saveResults([{ ...outcome, indicatorId: id }]);
    const indicator = await store.findIndicator(type, value);
    if (!indicator) return;
    const verdict = await engine.judge(indicator);
    await store.saveVerdicts([{ indicatorId: id, ...verdict }]);
    if (alertId === undefined) return;
    await store.raiseMalice(alertId, indicator.maliceOverride ?? verdict.malice);
  };
}
