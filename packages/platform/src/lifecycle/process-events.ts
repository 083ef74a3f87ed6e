import { type Logger } from '../telemetry/logger.js';

/** The part of Node's process that is used. */
export interface RunningProcess {
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code?: number): void;
  exitCode?: number | string | null | undefined;
}

export type Supervision = {
  /** Aborted when the process begins to stop. */
  signal: AbortSignal;
  /** Sets how to stop; stops at once when the signal came during startup. */
  onStop(work: () => Promise<void>): void;
  /** Ends the process for another reason. */
  stop(reason: string, exitCode: number): void;
};

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const FATAL = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Shuts the process down in order on SIGINT and SIGTERM (exit code 0), and after an unhandled error (exit code 1). The
 * deadline ends a shutdown that takes too long, and does not keep the event loop alive.
 */
export function superviseProcess(
  owner: RunningProcess,
  log: Logger,
  deadlineMs: number,
): Supervision {
  let stopWork: (() => Promise<void>) | undefined;
  let reason: string | undefined;
  let isStopping = false;
  const stopping = new AbortController();

  async function stop(): Promise<void> {
    if (isStopping || !stopWork) return;
    isStopping = true;
    const startedAt = Date.now();
    try {
      await stopWork();
      log.info('service.stopped', { reason, duration_ms: Date.now() - startedAt });
    } catch (error) {
      owner.exitCode = 1;
      log.error('service.stop_failed', { reason, error });
    }
  }

  function begin(why: string, exitCode: number): void {
    if (exitCode !== 0) owner.exitCode = exitCode;
    if (reason !== undefined) return;
    reason = why;
    stopping.abort();
    log.info('service.stopping', { reason: why, deadline_ms: deadlineMs });
    const cutOff = (): void => {
      log.error('service.stop_overdue', { deadline_ms: deadlineMs });
      owner.exit(1);
    };
    setTimeout(cutOff, deadlineMs).unref();
    void stop();
  }

  for (const signal of SIGNALS) owner.on(signal, () => begin(signal, 0));
  for (const event of FATAL) {
    owner.on(event, (error: unknown) => {
      log.error('process.unhandled', { kind: event, error });
      begin(event, 1);
    });
  }

  return {
    signal: stopping.signal,
    onStop(work) {
      stopWork = work;
      if (reason !== undefined) void stop();
    },
    stop: begin,
  };
}
