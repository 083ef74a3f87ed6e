import { type DispatchStore } from '@calseta/database';
import { type LeasedDelivery } from './leased-delivery.js';

/** Renews the leases of these deliveries; returns those that another process has taken over. */
export async function renewLeased(
  leased: readonly LeasedDelivery[],
  renewLeases: DispatchStore['renewLeases'],
  leaseMs: number,
): Promise<Set<LeasedDelivery>> {
  const leases = leased.map(({ id, leaseToken }) => ({ id, leaseToken }));
  const leasedUntilMs = performance.now() + leaseMs;
  const owned = await renewLeases(leases, leaseMs);
  const lost = new Set<LeasedDelivery>();
  leased.forEach((delivery, index) => {
    const wasClaimedAgain = delivery.leaseToken !== leases[index]?.leaseToken;
    if (wasClaimedAgain) return;
    if (owned.has(delivery.id)) delivery.leasedUntilMs = leasedUntilMs;
    else lost.add(delivery);
  });
  return lost;
}
