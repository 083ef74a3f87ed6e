import { createLogger, type Logger, type LogLevel } from './logger.js';
import { createMetrics, type Metrics } from './metrics.js';
import { type RecordSpan } from './tracing.js';

/** The log and metrics of a process, and where its spans go, if anywhere. */
export type Telemetry = { log: Logger; metrics: Metrics; trace?: RecordSpan };

export function createTelemetry(options: {
  service: string;
  logLevel: LogLevel;
  stream?: NodeJS.WritableStream;
}): Telemetry {
  const { service, logLevel: level, stream } = options;
  const log = createLogger({ service, level, ...(stream ? { stream } : {}) });
  return { log, metrics: createMetrics() };
}
