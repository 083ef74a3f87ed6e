import { createOutage, repeat, type Repeated } from '@calseta/async';

/** Port: what the database says about itself. */
export interface DatabaseLog {
  warn(event: string, fields: Record<string, unknown>): void;
}

export interface OutageReporter extends AsyncDisposable {
  /** A statement found no server, or one that cannot do its work. */
  failed(error: unknown): void;
}

/** How often a server that was lost is asked whether it is back. */
const PROBE_INTERVAL_MS = 1_000;
const PART = 'statements';

/**
 * Logs one `database.lost` and one `database.back` for each outage, however many statements fail. The return is found by
 * a probe of its own, so that nothing is spent on statements that succeed.
 */
export function reportOutages(options: {
  log: DatabaseLog | undefined;
  /** Resolves to true when the server takes writes. */
  isThere: () => Promise<boolean>;
}): OutageReporter {
  const { log, isThere } = options;
  let probing: Repeated | undefined;
  const outage = createOutage({
    onLost: (error) => {
      log?.warn('database.lost', { error });
      probing ??= repeat({
        intervalMs: () => PROBE_INTERVAL_MS,
        work: probe,
        onError: () => undefined,
      });
    },
    onBack({ durationMs, failures }) {
      void probing?.stop();
      probing = undefined;
      log?.warn('database.back', { duration_ms: Math.round(durationMs), failures });
    },
  });

  async function probe(): Promise<void> {
    if (await isThere()) outage.works(PART);
  }

  return {
    failed: (error) => outage.failed(PART, error),
    async [Symbol.asyncDispose]() {
      await probing?.stop();
    },
  };
}
