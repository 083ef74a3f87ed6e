import { type Goal } from '../report/section.js';
import { type LoadResult, type SentAlert } from '../tools/load-tool.js';
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
  /** How long the senders of a flood wait for an answer. */
  patienceMs?: number;
};

/** What a fault leaves to be looked at. */
export type Aftermath = {
  /** What is expected besides that no alert is lost. */
  judge: (load: LoadResult) => Goal[];
  /** Alerts that were acknowledged to others than the regular sender. */
  sent?: SentAlert[];
  notes?: string[];
};

export type Fault = {
  name: string;
  summary: string;
  full: Size;
  short: Size;
  /** Where a minute is not what is promised. */
  maxDrainSeconds?: number;
  /** Breaks things while alerts come in, and resolves when all are whole again. */
  strike(chaos: ChaosSystem, size: Size): Promise<Aftermath>;
};

/** Time from the last fault and the last alert to the last push. */
export const MAX_DRAIN_SECONDS = 60;

export const nothingMore: Aftermath = { judge: () => [] };

/** Which answers there may be; connections that broke, or brought none in time, are counted apart. */
export const onlyStatuses = (...allowed: number[]): Aftermath => ({
  judge: (load) => [judgeAnswers(load, allowed), judgeConnections(load)],
});

export function judgeAnswers({ answers }: LoadResult, allowed: readonly number[]): Goal {
  const others = Object.entries(answers).filter(
    ([status]) => status !== NO_ANSWER && !allowed.includes(Number(status)),
  );
  return {
    name: 'answers',
    wanted: `${allowed.join(', ')} only`,
    measured: others.map(([status, count]) => `${count} × ${status}`).join(', ') || 'no other',
    isMet: others.length === 0,
  };
}

export function judgeConnections({ answers }: LoadResult): Goal {
  const broken = answers[Number(NO_ANSWER)] ?? 0;
  return {
    name: 'requests without an answer (refused, reset or too late)',
    wanted: '0',
    measured: String(broken),
    isMet: broken === 0,
  };
}

const NO_ANSWER = '0';
