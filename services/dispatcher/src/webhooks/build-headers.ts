import { childTraceparent, sign, webhookIdOf } from '@calseta/common';

const USER_AGENT = 'Calseta-Dispatcher/1';

export type WebhookMessage = {
  deliveryId: string;
  body: string | Uint8Array;
  sentAt: Date;
  /** Two keys while a secret rotates. */
  signingKeys: readonly Uint8Array[];
  /** Sent unchanged. */
  authHeader?: string;
  /** Further headers of the agent; none of them replaces one of ours but `user-agent`. */
  agentHeaders?: Readonly<Record<string, string>>;
  traceparent?: string;
};

/** The three headers of Standard Webhooks, and our own. */
export function buildHeaders(message: WebhookMessage): Record<string, string> {
  const webhookId = webhookIdOf(message.deliveryId);
  const timestampSeconds = Math.floor(message.sentAt.getTime() / 1_000);
  return {
    'user-agent': USER_AGENT,
    ...message.agentHeaders,
    'content-type': 'application/json; charset=utf-8',
    'webhook-id': webhookId,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': sign(
      { webhookId, timestampSeconds, body: message.body },
      message.signingKeys,
    ),
    traceparent: childTraceparent(message.traceparent),
    ...(message.authHeader !== undefined && { authorization: message.authHeader }),
  };
}
