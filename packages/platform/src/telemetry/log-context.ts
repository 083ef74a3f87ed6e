import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids on every log line of one unit of work. */
export type LogContext = {
  service?: string;
  requestId?: string;
  alertId?: string;
  /** W3C traceparent of the current work; its trace id is logged. */
  traceparent?: string;
};

const storage = new AsyncLocalStorage<LogContext>();

export const currentContext = (): LogContext => storage.getStore() ?? {};

/** Runs work whose log lines carry these ids in addition to those of the outer work. */
export const runInContext = <T>(context: LogContext, work: () => T): T =>
  storage.run({ ...currentContext(), ...context }, work);
