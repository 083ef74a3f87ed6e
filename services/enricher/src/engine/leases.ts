import { type HeldLookup, LEASE_SECONDS, type ProviderLookupStore } from '@calseta/database';

export type Leases = {
  /** Keeps a lease until the returned function is called. */
  keep(held: HeldLookup): () => void;
};

/** Leases are renewed so often that two renewals may fail. */
const RENEW_AFTER_MS = (LEASE_SECONDS * 1_000) / 3;

/** Renews the leases of this process, in one statement for all; without any there is no timer. */
export function createLeases(
  store: Pick<ProviderLookupStore, 'renew'>,
  onError: (error: unknown) => void,
): Leases {
  const kept = new Set<HeldLookup>();
  let timer: NodeJS.Timeout | undefined;

  const renew = (): void => {
    timer = undefined;
    if (kept.size === 0) return;
    void store.renew([...kept]).catch(onError);
    timer = setTimeout(renew, RENEW_AFTER_MS).unref();
  };

  return {
    keep(held) {
      kept.add(held);
      timer ??= setTimeout(renew, RENEW_AFTER_MS).unref();
      return () => kept.delete(held);
    },
  };
}
