import { type Goal } from '../report/section.js';
import type { LoadResult, SentAlert } from '../tools/load-tool.js';
import { type ChaosSystem } from './chaos-system.js';

/** How hard and how long; the short sizes are those of the tests. */
export type Size = {
  /** At least; they come in as long as the fault lasts. */
  alerts: number;
  alertsPerSecond: number;
  /** Times that the fault strikes. */
  rounds: number;
  /** Between two of them, and how long a lasting one lasts. */
  pauseMs: number;
};

/** What a fault leaves to be looked at. */
export type Aftermath = {
  /** What is expected besides that no alert is lost. */
  judge: (load: LoadResult) => Goal[];
  /** Alerts that were acknowledged to others than the regular sender. */
  sent?: SentAlert[];
};

export type Fault = {
  name: string;
  summary: string;
  full: Size;
  short: Size;
  /** Breaks things while alerts come in, and resolves when all are whole again. */
  strike(chaos: ChaosSystem, size: Size): Promise<Aftermath>;
};

export const nothingMore: Aftermath = { judge: () => [] };

/** Which answers there may be; 0 is a connection that broke without one. */
export const onlyStatuses = (...allowed: number[]): Aftermath => ({
  judge: ({ answers }) => {
    const others = Object.keys(answers).filter((status) => !allowed.includes(Number(status)));
    const seen = others.map((status) => `${answers[Number(status)] ?? 0} × ${status}`).join(', ');
    return [
      {
        name: 'answers',
        wanted: `${allowed.join(' or ')} only`,
        measured: seen === '' ? 'no other' : seen,
        isMet: others.length === 0,
      },
    ];
  },
});
