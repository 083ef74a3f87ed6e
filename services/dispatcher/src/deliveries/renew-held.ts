import type { DispatchStore } from '@calseta/database';
import type { HeldDelivery } from './held-delivery.js';

/** Prolongs the leases of what this process holds, and returns what it no longer does. */
export async function renewHeld(
  held: readonly HeldDelivery[],
  renewLeases: DispatchStore['renewLeases'],
  leaseMs: number,
): Promise<Set<HeldDelivery>> {
  const leases = held.map(({ id, leaseToken }) => ({ id, leaseToken }));
  const leasedUntilMs = performance.now() + leaseMs;
  const owned = await renewLeases(leases, leaseMs);
  const lost = new Set<HeldDelivery>();
  held.forEach((delivery, index) => {
    const wasClaimedAnew = delivery.leaseToken !== leases[index]?.leaseToken;
    if (wasClaimedAnew) return;
    if (owned.has(delivery.id)) delivery.leasedUntilMs = leasedUntilMs;
    else lost.add(delivery);
  });
  return lost;
}
