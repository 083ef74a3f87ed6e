import { webhookIdOf } from '@calseta/common';

const USER_AGENT = 'Calseta-Dispatcher/1';

export type WebhookMessage = {
  deliveryId: string;
  timestampSeconds: number;
  signature: string;
  /** Sent unchanged. */
  authHeader?: string | undefined;
  /** Further headers of the agent; none of them replaces one of ours but `user-agent`. */
  agentHeaders?: Readonly<Record<string, string>> | undefined;
  traceparent: string;
};

/** The three headers of Standard Webhooks, and our own. */
export function buildHeaders(message: WebhookMessage): Record<string, string> {
  return {
    'user-agent': USER_AGENT,
    ...message.agentHeaders,
    'content-type': 'application/json; charset=utf-8',
    'webhook-id': webhookIdOf(message.deliveryId),
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': message.signature,
    traceparent: message.traceparent,
    ...(message.authHeader !== undefined && { authorization: message.authHeader }),
  };
}
