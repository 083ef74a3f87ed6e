import { createHmac } from 'node:crypto';
import { runAtOnce, type SlicedWork } from '../core/sliced-work.js';

export type SignedMessage = {
  /** The same in every attempt at a delivery. */
  webhookId: string;
  timestampSeconds: number;
  /** The bytes that are sent. */
  body: string | Uint8Array;
};

/** Bytes that are signed in one slice: some tenths of a millisecond. */
const SLICE_BYTES = 128 * 1_024;

/** Standard Webhooks: one `v1,<base64>` for each key, so that receivers can change secrets one after the other. */
export const sign = (message: SignedMessage, keys: readonly Uint8Array[]): string =>
  runAtOnce(signInSlices(message, keys));

/** The same with pauses, since a large body that goes to hundreds of agents would hold up everything else. */
export function* signInSlices(
  message: SignedMessage,
  keys: readonly Uint8Array[],
): SlicedWork<string> {
  const head = `${message.webhookId}.${message.timestampSeconds}.`;
  const body = typeof message.body === 'string' ? Buffer.from(message.body) : message.body;
  const signatures: string[] = [];
  for (const key of keys) {
    const hmac = createHmac('sha256', key).update(head);
    for (let start = 0; start < body.length; start += SLICE_BYTES) {
      hmac.update(body.subarray(start, start + SLICE_BYTES));
      yield;
    }
    signatures.push(`v1,${hmac.digest('base64')}`);
  }
  return signatures.join(' ');
}

/** The `webhook-id` of a delivery, the same in every attempt. */
export const webhookIdOf = (deliveryId: string): string => `msg_${deliveryId}`;
