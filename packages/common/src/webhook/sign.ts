import { createHmac } from 'node:crypto';

export type SignedMessage = {
  /** The same in every attempt at a delivery. */
  webhookId: string;
  timestampSeconds: number;
  /** The bytes that are sent. */
  body: string | Uint8Array;
};

/** Standard Webhooks: one `v1,<base64>` for each key, so that receivers can change secrets one after the other. */
export function sign(message: SignedMessage, keys: readonly Uint8Array[]): string {
  const head = `${message.webhookId}.${message.timestampSeconds}.`;
  return keys
    .map(
      (key) => `v1,${createHmac('sha256', key).update(head).update(message.body).digest('base64')}`,
    )
    .join(' ');
}

/** The `webhook-id` of a delivery, the same in every attempt. */
export const webhookIdOf = (deliveryId: string): string => `msg_${deliveryId}`;
