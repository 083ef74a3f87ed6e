import { randomUUID } from 'node:crypto';
import { type ConfirmChannel, type Options } from 'amqplib';
import { overloaded, unavailable } from '../protocol/unavailable.js';

/** Maximum number of unconfirmed AMQP messages; further ones are refused instead of buffered. */
export const MAX_UNCONFIRMED = 4_096;

export type Envelope = {
  exchange: string;
  routingKey: string;
  body: Buffer;
  properties: Options.Publish;
};

export interface ConfirmPublisher {
  /**
   * Resolves on the broker's ack. Rejects with `service.overloaded` when too many messages are unconfirmed, and
   * with `service.unavailable` in every other case.
   */
  publish(envelope: Envelope): Promise<void>;
  /** Publishes on this channel from now on; unconfirmed messages stay on their old channel. */
  attach(channel: ConfirmChannel): void;
  detach(): void;
  /** While a reason is set (the broker's `connection.blocked`), publishing fails at once. */
  setBlocked(reason: string | undefined): void;
  blockedBy(): string | undefined;
}

type Pending = { settle(error?: Error): void };

/**
 * Publishes with `mandatory` and pipelined confirms. A confirm may never come (a queue without a leader), so every
 * message has a time-out. `onTimeout` should then attach a new channel, because amqplib keeps a slot for each missing
 * confirm.
 */
export function createConfirmPublisher(options: {
  confirmTimeoutMs: number;
  onTimeout: () => void;
  /** Called for each message that the broker refused or did not confirm. */
  onFailed?: (error: Error) => void;
  onConfirmed?: () => void;
}): ConfirmPublisher {
  const { onFailed = () => undefined, onConfirmed = () => undefined } = options;
  const pending = new Map<string, Pending>();
  let channel: ConfirmChannel | undefined;
  let blockedBy: string | undefined;

  function publish(envelope: Envelope): Promise<void> {
    const current = channel;
    if (!current) return Promise.reject(unavailable('No connection to the broker.'));
    if (blockedBy !== undefined) {
      return Promise.reject(unavailable(`The broker takes no messages: ${blockedBy}.`));
    }
    if (pending.size >= MAX_UNCONFIRMED) {
      return Promise.reject(overloaded(`${MAX_UNCONFIRMED} messages are unconfirmed already.`));
    }
    return new Promise((resolve, reject) => {
      const correlationId = envelope.properties.correlationId ?? randomUUID();
      const timer = setTimeout(() => {
        settle(unavailable(`The broker did not confirm within ${options.confirmTimeoutMs} ms.`));
        if (channel === current) options.onTimeout();
      }, options.confirmTimeoutMs);
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        if (!pending.delete(correlationId)) return;
        if (error) {
          onFailed(error);
          reject(error);
        } else {
          onConfirmed();
          resolve();
        }
      };
      pending.set(correlationId, { settle });
      try {
        current.publish(
          envelope.exchange,
          envelope.routingKey,
          envelope.body,
          { ...envelope.properties, correlationId, mandatory: true },
          (error: unknown) => settle(error ? unavailable('Not confirmed.', error) : undefined),
        );
      } catch (error) {
        settle(unavailable('The channel is closed.', error));
      }
    });
  }

  return {
    publish,
    attach(next) {
      channel = next;
      // The return arrives before the ack; the ack is then ignored.
      next.on('return', ({ fields, properties }) => {
        const to = `${fields.exchange || 'the default exchange'} with ${fields.routingKey}`;
        pending
          .get(String(properties.correlationId))
          ?.settle(unavailable(`No queue takes messages of ${to}.`));
      });
    },
    detach() {
      channel = undefined;
    },
    setBlocked(reason) {
      blockedBy = reason;
    },
    blockedBy: () => blockedBy,
  };
}
