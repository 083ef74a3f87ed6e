import { networkOf } from './network-of.js';

export type WaitingRoomLimits = { max: number; maxPerNetwork: number };

/** Requests that may wait for an unknown key at once; each may hold a connection for a second. */
export const DEFAULT_WAITING_LIMITS: WaitingRoomLimits = { max: 1_000, maxPerNetwork: 250 };

/** Counts waiting requests, so that one client cannot use all places. */
export function createWaitingRoom({ max, maxPerNetwork }: WaitingRoomLimits) {
  const byNetwork = new Map<string, number>();
  let total = 0;

  return {
    /** Runs `work`; undefined when there is no place. */
    async enter<T>(address: string, work: () => Promise<T>): Promise<{ result: T } | undefined> {
      const network = networkOf(address);
      const waiting = byNetwork.get(network) ?? 0;
      if (total >= max || waiting >= maxPerNetwork) return undefined;
      byNetwork.set(network, waiting + 1);
      total += 1;
      try {
        return { result: await work() };
      } finally {
        total -= 1;
        const left = (byNetwork.get(network) ?? 1) - 1;
        if (left > 0) byNetwork.set(network, left);
        else byNetwork.delete(network);
      }
    },
  };
}
