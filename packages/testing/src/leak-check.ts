import { setImmediate as nextTurn } from 'node:timers/promises';
import { eventually } from './eventually.js';

const WATCHED = ['TCPSocketWrap', 'TCPServerWrap', 'ProcessWrap'];
/** Longer than fetch keeps an idle connection. */
const SETTLE_MS = 8_000;

/** Remembers what is open in this process; the returned check fails when more is open for good. */
export async function watchForLeaks(settleMs = SETTLE_MS): Promise<() => Promise<void>> {
  // What was closed just now counts as open until the event loop has gone round.
  await nextTurn();
  await nextTurn();
  const before = countOpen();
  return async () => {
    await eventually(
      () => {
        const now = countOpen();
        const leaked = WATCHED.filter((kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0));
        if (leaked.length > 0) throw new Error(`Left open: ${leaked.join(', ')}`);
      },
      { timeoutMs: settleMs, intervalMs: 100 },
    );
  };
}

function countOpen(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
