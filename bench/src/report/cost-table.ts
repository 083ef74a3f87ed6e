import { type Spent } from '../system/meter.js';
import { type Table } from './section.js';

const MICROS = 1_000_000;

/** Which process the time went to: what costs most is what bounds the rate. */
export const costTable = (during: string, spent: readonly Spent[], alerts: number): Table => ({
  head: [`process, during ${during}`, 'CPU µs an alert', 'peak RSS MiB'],
  rows: spent
    .filter(({ cpuSeconds }) => !(cpuSeconds * MICROS < alerts))
    .toSorted((a, b) => b.cpuSeconds - a.cpuSeconds)
    .map(({ name, cpuSeconds, peakRssMib }) => [
      name,
      Math.round((cpuSeconds * MICROS) / alerts),
      Math.round(peakRssMib),
    ]),
});
