/** What the alerts that are extracted and not yet saved take in memory. */
export type HeldAlerts = {
  /** Resolves once less than the maximum is held. */
  room(): Promise<void>;
  hold(bytes: number): void;
  release(bytes: number): void;
};

export type HeldAlertsOptions = {
  maxBytes: number;
  /** Called each time that there is no room. */
  onWait(): void;
};

/** Holds alerts back while those before them, whose size is known only once they are extracted, wait to be saved. */
export function createHeldAlerts({ maxBytes, onWait }: HeldAlertsOptions): HeldAlerts {
  let held = 0;
  let waiting: (() => void)[] = [];
  return {
    async room() {
      while (held >= maxBytes) {
        onWait();
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    hold(bytes) {
      held += bytes;
    },
    release(bytes) {
      held -= bytes;
      if (held >= maxBytes) return;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}
