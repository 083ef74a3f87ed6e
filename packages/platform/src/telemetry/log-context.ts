import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids that every log line of one unit of work carries. */
export type LogContext = {
  service?: string;
  requestId?: string;
  alertId?: string;
  /** W3C traceparent of the work at hand; its trace id is logged. */
  traceparent?: string;
};

const storage = new AsyncLocalStorage<LogContext>();

export const currentContext = (): LogContext => storage.getStore() ?? {};

/** Runs work whose log lines carry these ids besides those of the work around it. */
export const runInContext = <T>(context: LogContext, work: () => T): T =>
  storage.run({ ...currentContext(), ...context }, work);
