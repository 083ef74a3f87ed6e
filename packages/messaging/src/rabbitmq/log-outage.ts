import { createOutage, type Outage } from '@calseta/async';
import { type TransportLog } from '../transport-log.js';

/** Logs one `<name>_lost` and one `<name>_back` per outage, however many failures there are. */
export const logOutage = (
  log: TransportLog,
  name: 'broker' | 'channel',
  fields: Record<string, unknown> = {},
): Outage =>
  createOutage({
    onLost: (error, part) =>
      log.warn(`amqp.${name}_lost`, { ...fields, part, error: reasonOf(error) }),
    onBack: ({ durationMs, failures }) =>
      log.warn(`amqp.${name}_back`, { ...fields, duration_ms: Math.round(durationMs), failures }),
  });

/** A refused connection to a host with several addresses throws an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason = error instanceof AggregateError ? error.errors.map(String).join('; ') : error.name;
  return error.message || reason;
}
