import { aNormalizedAlert } from '@calseta/testing';
import { type KnownSource } from '../src/sources/plugin/known-sources.js';
import { anArrival } from './an-arrival.js';

const BUSY_MS = 2;

/** A source that blocks the process for each alert of a list, and records the turn of the event loop. */
export function slowSource(): { known: KnownSource; turnOfEach: number[]; stop: () => void } {
  let turn = 0;
  let others: NodeJS.Immediate;
  const serveOthers = (): void => {
    turn += 1;
    others = setImmediate(serveOthers);
  };
  serveOthers();
  const turnOfEach: number[] = [];
  const { source, plugin } = anArrival({
    name: 'slow',
    split: (payload) => (Array.isArray(payload) ? (payload as unknown[]) : undefined),
    normalize() {
      turnOfEach.push(turn);
      const until = performance.now() + BUSY_MS;
      while (performance.now() < until);
      return { kind: 'normalized', alert: aNormalizedAlert() };
    },
  });
  return { known: { source, plugin }, turnOfEach, stop: () => clearImmediate(others) };
}
