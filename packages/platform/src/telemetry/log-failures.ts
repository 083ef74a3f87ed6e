import { isOutage } from '@calseta/common';
import { type LogFields, type Logger } from './logger.js';

/**
 * Logs the failures of work that is done again and again. Outages are left out: whoever talks to the server that was lost
 * has logged that already, and logs its return.
 */
export const logFailures =
  (log: Logger, event: string, fields: LogFields = {}) =>
  (error: unknown): void => {
    if (!isOutage(error)) log.warn(event, { ...fields, error });
  };
