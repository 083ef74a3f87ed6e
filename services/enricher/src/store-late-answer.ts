import { type EnrichmentStore, type IndicatorToEnrich } from '@calseta/database';
import { type Engine, type EnrichOptions } from './engine.js';

export type LateAnswerDeps = {
  store: Pick<EnrichmentStore, 'saveResults' | 'findIndicator' | 'saveVerdicts'>;
  engine: Pick<Engine, 'judge'>;
};

/** An answer that missed its alert's deadline still counts: it is stored, and the indicator judged again. */
export const createStoreLateAnswer =
  ({ store, engine }: LateAnswerDeps): EnrichOptions<IndicatorToEnrich>['onLate'] =>
  async ({ id, type, value }, outcome) => {
    await store.saveResults([{ ...outcome, indicatorId: id }]);
    const indicator = await store.findIndicator(type, value);
    if (!indicator) return;
    const verdict = await engine.judge(indicator);
    await store.saveVerdicts([{ indicatorId: id, ...verdict }]);
  };
