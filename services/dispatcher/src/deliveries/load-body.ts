import { isTransient } from '@calseta/common';
import type { Logger } from '@calseta/platform';
import type { Payloads } from '../payloads.js';
import type { HeldDelivery } from './held-delivery.js';

export type LoadedBody =
  | { kind: 'loaded'; body: Uint8Array }
  /** The alert was deleted, and its deliveries with it. */
  | { kind: 'gone' }
  | { kind: 'unrendered'; error: string };

/** Rejects only when it says nothing about the body: when the database is away, or too much waits for it. */
export type LoadBody = (delivery: HeldDelivery) => Promise<LoadedBody>;

export type LoadBodyDeps = { payloads: Pick<Payloads, 'get'>; log: Pick<Logger, 'error'> };

/** Loads the body of a push; one that cannot be written is a failed attempt, not one made for ever. */
export const createLoadBody =
  ({ payloads, log }: LoadBodyDeps): LoadBody =>
  async (delivery) => {
    try {
      const body = await payloads.get(delivery);
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
