import { type Goal } from '../report/section.js';
import { type LoadResult, type SentAlert } from '../tools/load-tool.js';
import { type ChaosSystem } from './chaos-system.js';

/** Intensity and duration of a fault; tests use the short sizes. */
export type Size = {
  /** Minimum number of alerts; they arrive as long as the fault lasts. */
  alerts: number;
  alertsPerSecond: number;
  /** How often the fault happens. */
  rounds: number;
  /** Time between two faults, and duration of a lasting one. */
  pauseMs: number;
  /** How long the senders of a flood wait for an answer. */
  patienceMs?: number;
};

/** Result of a fault. */
export type Aftermath = {
  /** Goals besides the one that no alert is lost. */
  judge: (load: LoadResult) => Goal[];
  /** Alerts that were acknowledged to other senders than the regular one. */
  sent?: SentAlert[];
  notes?: string[];
};

export type Fault = {
  name: string;
  summary: string;
  full: Size;
  short: Size;
  /** Largest share of repeated pushes; zero for faults that are no crash. */
  maxRepeatedShare?: number;
  /** Longest recovery, for faults where a minute is not promised. */
  maxDrainSeconds?: number;
  /** Breaks things while alerts arrive, and resolves when everything works again. */
  strike(chaos: ChaosSystem, size: Size): Promise<Aftermath>;
};

/** Time from the last fault and the last alert to the last push. */
export const MAX_DRAIN_SECONDS = 60;

export const nothingMore: Aftermath = { judge: () => [] };

/** Statuses that are allowed; broken connections and time-outs are counted separately. */
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
