import { type EnrichmentStore, type IndicatorToEnrich } from '@calseta/database';
import { type Engine, type EnrichOptions } from './engine.js';

export type LateAnswerDeps = {
  store: Pick<EnrichmentStore, 'saveResults' | 'findIndicator' | 'saveVerdicts'>;
  engine: Pick<Engine, 'judge'>;
};

/** Stores answers that missed their alert's deadline, and judges their indicator again. */
export function lateAnswerStorer({
  store,
  engine,
}: LateAnswerDeps): EnrichOptions<IndicatorToEnrich>['onLate'] {
  return async function storeLateAnswer({ id, type, value }, outcome) {
    await store.saveResults([{ ...outcome, indicatorId: id }]);
    const indicator = await store.findIndicator(type, value);
    if (!indicator) return;
    const verdict = await engine.judge(indicator);
    await store.saveVerdicts([{ indicatorId: id, ...verdict }]);
  };
}
