import { isTransient, laneFor, MAX_EVENT_BYTES, renderEvent } from '@calseta/common';
import { type Logger } from '@calseta/platform';
import { type LeasedDelivery } from './leased-delivery.js';
import { type Payloads, type Recipient } from './payloads.js';

export type LoadedBody =
  | { kind: 'loaded'; body: Uint8Array }
  /** The alert was deleted, and its deliveries with it. */
  | { kind: 'gone' }
  | { kind: 'unrendered'; error: string };

/** Rejects only for a reason that is not in the body: the database is away, or too much waits for it. */
export type LoadBody = (delivery: LeasedDelivery, agent: Recipient) => Promise<LoadedBody>;

export type LoadBodyDeps = {
  payloads: Pick<Payloads, 'get'>;
  publicUrl: string;
  log: Pick<Logger, 'error'>;
};

/**
 * Loads the bodies of pushes. One that cannot be rendered is a failed attempt, so that it is not tried for ever.
 */
export function bodyLoader({ payloads, publicUrl, log }: LoadBodyDeps): LoadBody {
  return async function loadBody(delivery, agent) {
    try {
      const { alertId, event } = delivery;
      if (event) return { kind: 'loaded', body: Buffer.from(renderEvent(event, publicUrl)) };
      if (alertId === undefined) return { kind: 'gone' };
      const { revision, isReplay } = delivery;
      const lane = laneFor(delivery.severity);
      const body = await payloads.get({ alertId, revision, isReplay, lane }, agent);
      return body === undefined ? { kind: 'gone' } : { kind: 'loaded', body };
    } catch (error) {
      if (isTransient(error)) throw error;
      log.error('delivery.unrendered', {
        delivery_id: delivery.id,
        alert_id: delivery.alertId,
        error,
      });
      // The message may quote the alert.
      const { name } = error instanceof Error ? error : new Error();
      return { kind: 'unrendered', error: `the body could not be written: ${name}` };
    }
  };
}

/** Bytes that the body of a delivery takes at most, before it is loaded. */
export function maxBodyBytes(
  { alertId, event, revision, isReplay }: LeasedDelivery,
  agent: Recipient | undefined,
  payloads: Pick<Payloads, 'maxBytesOf'>,
): number {
  if (event) return MAX_EVENT_BYTES;
  // Nothing is sent then.
  if (!agent || alertId === undefined) return 0;
  return payloads.maxBytesOf({ alertId, revision, isReplay }, agent);
}
