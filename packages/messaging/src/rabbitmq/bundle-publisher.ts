import { ALERT_EXCHANGE, type AlertMessage, newTraceparent, routingKey } from '@calseta/common';
import { bundle, MAX_BUNDLED } from '../protocol/bundle.js';
import { type Envelope } from './confirm-publisher.js';
import { encodeMessage } from '../protocol/encode-message.js';
import { type PipelineTransport } from '../transport.js';

type Waiting = {
  text: string;
  messageId: string;
  traceparent: string;
  resolve: () => void;
  reject: (error: unknown) => void;
};
type Bundle = { type: AlertMessage['type']; lines: Waiting[] };

/**
 * Publishes all messages of one event-loop turn as one AMQP message per routing key, so that alerts committed together
 * travel together. Each message resolves or fails with its bundle.
 */
export function createBundlePublisher(
  send: (envelope: Envelope) => Promise<void>,
): PipelineTransport['publish'] {
  let open = new Map<string, Bundle>();

  function sendAll(): void {
    const bundles = open;
    open = new Map();
    for (const [key, { type, lines }] of bundles) sendBundle(key, type, lines);
  }

  function sendBundle(key: string, type: AlertMessage['type'], lines: readonly Waiting[]): void {
    const [first, ...others] = lines;
    if (!first) return;
    const { body, properties } = bundle([first, ...others]);
    send({
      exchange: ALERT_EXCHANGE,
      routingKey: key,
      body,
      properties: { ...properties, type, persistent: true },
    }).then(
      () => lines.forEach(({ resolve }) => resolve()),
      (error: unknown) => lines.forEach(({ reject }) => reject(error)),
    );
  }

  // One promise per message; an async function would create three. An exception here rejects it.
  return (message, { traceparent = newTraceparent() } = {}) =>
    new Promise((resolve, reject) => {
      const text = encodeMessage(message);
      if (open.size === 0) setImmediate(sendAll);
      const key = routingKey(message.type, message.lane);
      const lines = open.get(key)?.lines ?? [];
      lines.push({ text, messageId: message.message_id, traceparent, resolve, reject });
      if (lines.length < MAX_BUNDLED) {
        open.set(key, { type: message.type, lines });
      } else {
        // An empty bundle marks that the turn is not over.
        open.set(key, { type: message.type, lines: [] });
        sendBundle(key, message.type, lines);
      }
    });
}
