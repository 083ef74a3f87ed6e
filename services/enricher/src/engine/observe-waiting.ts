import { SAME_IN_REPLICAS } from '@calseta/common';
import { type Metrics } from '@calseta/platform';

export const DROP_REASONS = ['full', 'failed', 'expired', 'not_asked'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Told to those who read an alert that goes without the answer. */
export const WHY_DROPPED: Record<DropReason, string> = {
  full: 'It is not asked later, because as many lookups wait already as may.',
  failed: 'It failed again while the lookup waited, and is not asked any more.',
  expired: 'The lookup waited as long as it may, and is not asked any more.',
  not_asked:
    'It is not asked about this any more: its settings, its credentials or the indicator have changed.',
};

export type WaitingObserver = {
  dropped(provider: string, why: DropReason, count?: number): void;
  counted(waiting: ReadonlyMap<string, number>): void;
};

/** Shows how many lookups wait until they may be asked, and how many were dropped and why. */
export function waitingObserver(metrics: Metrics, providers: readonly string[]): WaitingObserver {
  const dropped = metrics.counter(
    'calseta_waiting_lookups_dropped_total',
    'Lookups that waited and are not asked any more: too many waited, too long, or the provider failed.',
    { provider: providers, why: DROP_REASONS },
  );
  const counts = metrics.gauge(
    'calseta_waiting_lookups',
    `Lookups that wait until their provider may be asked. ${SAME_IN_REPLICAS}`,
    ['provider'],
  );
  const shown = new Set<string>();
  return {
    dropped: (provider, why, count = 1) => dropped.inc({ provider, why }, count),
    counted(waiting) {
      for (const provider of waiting.keys()) shown.add(provider);
      for (const provider of shown) counts.set({ provider }, waiting.get(provider) ?? 0);
    },
  };
}
