import { setImmediate as nextTurn } from 'node:timers/promises';
import { eventually } from './eventually.js';

const WATCHED = ['TCPSocketWrap', 'TCPServerWrap', 'ProcessWrap'];
/** Longer than the time for which fetch keeps an idle connection. */
const SETTLE_MS = 8_000;

/** Records the open handles of this process; the returned check fails when more stay open. */
export async function watchForLeaks(settleMs = SETTLE_MS): Promise<() => Promise<void>> {
  // A handle that was just closed counts as open until the next turn of the event loop.
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
