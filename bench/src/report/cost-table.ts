import { type Costs, type Spent } from '../system/meter.js';
import { type Table } from './section.js';

const MICROS = 1_000_000;
/** Processes with a smaller share are omitted from the table. */
const MIN_SHARE = 0.005;

/** CPU time by process: the most expensive one limits the rate. */
export function costTable(during: string, { spent }: Costs, alerts: number): Table {
  const total = cpuSecondsOf(spent);
  return {
    head: [`process, during ${during}`, 'CPU µs an alert', 'share', 'peak RSS MiB'],
    rows: spent
      .filter(({ cpuSeconds }) => cpuSeconds >= MIN_SHARE * total)
      .toSorted((a, b) => b.cpuSeconds - a.cpuSeconds)
      .map(({ name, cpuSeconds, peakRssMib }) => [
        name,
        Math.round((cpuSeconds * MICROS) / alerts),
        percent(cpuSeconds / total),
        Math.round(peakRssMib),
      ]),
  };
}

export const cpuSecondsOf = (spent: readonly Spent[]): number =>
  spent.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

export const microsAnAlert = (spent: readonly Spent[], alerts: number): number =>
  (cpuSecondsOf(spent) * MICROS) / alerts;

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
