import { type ProviderQuota, type ProviderQuotaStore } from '@calseta/database';
import { type CompiledLookup, type Send } from '@calseta/http-steps';

/** What a lookup may send, or when it may be tried again. */
export type Allowance =
  { isGranted: true; send: Send; settle(): Promise<void> } | { isGranted: false; freeAt: Date };

export type QuotaOptions = {
  store: Pick<ProviderQuotaStore, 'reserve' | 'settle'>;
  providerName: string;
  quotas: readonly ProviderQuota[];
  /** Requests that one lookup may send. */
  units: number;
  /** A lookup sends nothing more after this, ms. */
  timeoutMs: number;
};

type Quoted = {
  name: string;
  quotas: readonly ProviderQuota[];
  lookup: Pick<CompiledLookup, 'steps'>;
  timeoutMs: number;
};

/** What a lookup by a provider may need. */
export const quotaOf = (
  { name, quotas, lookup, timeoutMs }: Quoted,
  store: QuotaOptions['store'],
): QuotaOptions => ({
  store,
  providerName: name,
  quotas,
  units: lookup.steps.length,
  timeoutMs,
});

/** Reserves what a lookup may send before it sends anything; `settle` gives back what it did not need. */
export async function reserveQuota(
  { store, providerName, quotas, units, timeoutMs }: QuotaOptions,
  send: Send,
): Promise<Allowance> {
  const reservation = await store.reserve({ providerName, units, quotas, holdMs: timeoutMs });
  if (!reservation.isGranted) return reservation;
  const sentAt: Date[] = [];
  return {
    isGranted: true,
    send: async (request, step) => {
      if (sentAt.length >= units) return { kind: 'blocked', error: 'the lookup sends too much' };
      sentAt.push(new Date());
      return await send(request, step);
    },
    settle: async () => await store.settle(reservation.ids, sentAt),
  };
}
