import { type ProviderQuotaStore, type QuotaRequest, type Reservation } from '@calseta/database';
import { type RequestCounter } from '../domain/provider.js';

export type QuotaTurn = NonNullable<QuotaRequest['turn']>;

/** What a lookup may send, or why it may not. */
export type Allowance =
  | (RequestCounter & { isGranted: true; settle(): Promise<void> })
  | (Reservation & { isGranted: false });

/**
 * Reserves requests. `settle` gives back those that were not begun. One that was begun counts as sent when its answer
 * came, or else now: it has left by then, so that no window is ever exceeded as the vendor sees it.
 */
export async function reserveRequests(
  store: Pick<ProviderQuotaStore, 'reserve' | 'settle'>,
  request: QuotaRequest,
): Promise<Allowance> {
  const askedAt = performance.now();
  const reservation = await store.reserve(request);
  if (!reservation.isGranted) return reservation;
  const { ids, at } = reservation;
  // By the clock of the database; never too early, because the reservation was granted after `askedAt`.
  const now = (): Date => new Date(at.getTime() + performance.now() - askedAt);
  const begun: { leftAt?: Date }[] = [];
  let isOver = false;
  return {
    isGranted: true,
    begin() {
      if (isOver || begun.length >= ids.length) return undefined;
      const sent: { leftAt?: Date } = {};
      begun.push(sent);
      return () => (sent.leftAt ??= now());
    },
    async settle() {
      isOver = true;
      const sentAt = begun.map(({ leftAt }) => leftAt ?? now());
      await store.settle(ids, sentAt);
    },
  };
}
