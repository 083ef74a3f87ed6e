import { createLogger, type Logger, type LogLevel } from './logger.js';
import { createMessageObserver, type MessageObserver } from './message-observer.js';
import { createMetrics, type Metrics } from './metrics.js';

/** How a process reports: log lines, metrics, and both for each pipeline message. */
export type Telemetry = { log: Logger; metrics: Metrics; messageObserver: MessageObserver };

/** Makes the telemetry of one process. */
export function createTelemetry(options: {
  service: string;
  logLevel: LogLevel;
  stream?: NodeJS.WritableStream;
}): Telemetry {
  const { service, logLevel: level, stream } = options;
  const log = createLogger({ service, level, ...(stream ? { stream } : {}) });
  const metrics = createMetrics();
  return { log, metrics, messageObserver: createMessageObserver(log, metrics) };
}
