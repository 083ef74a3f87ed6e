import { type Metrics } from '@calseta/platform';

export const DROP_REASONS = ['full', 'failed', 'expired'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export type WaitingObserver = {
  dropped(provider: string, why: DropReason, count?: number): void;
  counted(waiting: ReadonlyMap<string, number>): void;
};

/** Shows how many lookups wait for quota, and how many were dropped and why. */
export function waitingObserver(metrics: Metrics, providers: readonly string[]): WaitingObserver {
  const dropped = metrics.counter(
    'calseta_waiting_lookups_dropped_total',
    'Lookups that waited for quota and are not asked any more: too many waited, too long, or the provider failed.',
    { provider: providers, why: DROP_REASONS },
  );
  const counts = metrics.gauge(
    'calseta_waiting_lookups',
    'Lookups that wait for the quota of a provider, over all replicas.',
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
