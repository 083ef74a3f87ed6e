import {
  type AlertChange,
  type ChangePosition,
  type ChangeStore,
  isBefore,
} from '@calseta/database';

export type FeedListener = {
  /** Changes in order, some of which the listener may know, and the position behind them. */
  onChanges(changes: readonly AlertChange[], position: ChangePosition): void;
  /** For how long an open transaction has held later changes back, ms; told once while it lasts. */
  onLagging(heldBackMs: number): void;
};

export interface ChangeFeed {
  /**
   * Lets the listener hear everything behind the position; false when the feed has gone past it already, so that the
   * listener has to read on by itself first.
   */
  join(listener: FeedListener, from: ChangePosition): boolean;
  leave(listener: FeedListener): void;
  stop(): void;
}

export const FEED_TIMES = { pollIntervalMs: 500, laggingAfterMs: 60_000 };
export const PAGE_SIZE = 200;

/** Asks Postgres once for all streams of the process, and not at all while there is none. */
export function createChangeFeed(options: {
  store: Pick<ChangeStore, 'read'>;
  onError: (error: unknown) => void;
  onHeldBack: (ms: number) => void;
  times?: typeof FEED_TIMES;
}): ChangeFeed {
  const { store, times = FEED_TIMES } = options;
  const listeners = new Set<FeedListener>();
  let position: ChangePosition | undefined;
  let timer: NodeJS.Timeout | undefined;
  let heldBackSince: number | undefined;
  let hasToldLagging = false;

  function noteHeldBack(isHeldBack: boolean): void {
    if (!isHeldBack) {
      heldBackSince = undefined;
      hasToldLagging = false;
    } else heldBackSince ??= performance.now();
    const ms = heldBackSince === undefined ? 0 : performance.now() - heldBackSince;
    options.onHeldBack(ms);
    if (ms < times.laggingAfterMs || hasToldLagging) return;
    hasToldLagging = true;
    for (const listener of listeners) listener.onLagging(ms);
  }

  async function poll(): Promise<void> {
    let isComplete = true;
    try {
      if (!position) return;
      const before = position;
      const page = await store.read(before, PAGE_SIZE);
      ({ position, isComplete } = page);
      noteHeldBack(isComplete && page.isHeldBack && !isBefore(before, page.position));
      for (const listener of [...listeners]) listener.onChanges(page.changes, page.position);
    } catch (error) {
      options.onError(error);
    } finally {
      timer = undefined;
      schedule(isComplete ? times.pollIntervalMs : 0);
    }
  }

  function schedule(ms: number): void {
    if (listeners.size === 0) {
      position = undefined;
      noteHeldBack(false);
    } else timer ??= setTimeout(() => void poll(), ms);
  }

  return {
    join(listener, from) {
      if (position && isBefore(from, position)) return false;
      position ??= from;
      listeners.add(listener);
      schedule(times.pollIntervalMs);
      return true;
    },
    leave: (listener) => void listeners.delete(listener),
    stop() {
      listeners.clear();
      clearTimeout(timer);
    },
  };
}
