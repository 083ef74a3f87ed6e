import { createOutage, repeat, type Repeated } from '@calseta/async';

/** Port: the log of the database. */
export interface DatabaseLog {
  warn(event: string, fields: Record<string, unknown>): void;
}

export interface OutageReporter extends AsyncDisposable {
  /** Called when a statement found no server, or one that cannot do its work. */
  failed(error: unknown): void;
}

/** How often a lost server is probed. */
const PROBE_INTERVAL_MS = 1_000;
const PART = 'statements';

/**
 * Logs one `database.lost` and one `database.back` per outage, however many statements fail. A separate probe notices
 * the recovery, so that successful statements cost nothing extra.
 */
export function reportOutages(options: {
  log: DatabaseLog | undefined;
  /** Resolves to true when the server accepts writes. */
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
