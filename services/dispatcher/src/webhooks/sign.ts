import { createHmac } from 'node:crypto';

export type SignedMessage = {
  /** The same in every attempt at a delivery. */
  webhookId: string;
  timestampSeconds: number;
  body: string;
};

/** Standard Webhooks: one `v1,<base64>` per key, so that receivers can change secrets at their leisure. */
export function sign(message: SignedMessage, keys: readonly Uint8Array[]): string {
  const content = `${message.webhookId}.${message.timestampSeconds}.${message.body}`;
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`)
    .join(' ');
}
