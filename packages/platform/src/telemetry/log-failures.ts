import { isOutage } from '@calseta/common';
import { type LogFields, type Logger } from './logger.js';

/**
 * Logs failures of repeated work. Outages are left out: the client of the lost server logs the outage and the recovery.
 */
export const logFailures =
  (log: Logger, event: string, fields: LogFields = {}) =>
  (error: unknown): void => {
    if (!isOutage(error)) log.warn(event, { ...fields, error });
  };
