import { AppError } from '@calseta/common';
import { type Channel } from 'amqplib';
import { type Topology } from './topology.js';

const PRECONDITION_FAILED = 406;

/**
 * Declares exchanges, queues and bindings; repeating this changes nothing. If one exists with other arguments, the
 * error names the difference; it must be deleted or migrated by hand.
 */
export async function declareTopology(
  channel: Pick<Channel, 'assertExchange' | 'assertQueue' | 'bindQueue'>,
  topology: Topology,
): Promise<void> {
  for (const { name, type } of topology.exchanges) {
    await naming(`Exchange ${name}`, channel.assertExchange(name, type, { durable: true }));
  }
  // amqplib pipelines them: a channel has one declaration in progress at a time.
  await Promise.all(
    topology.queues.map((queue) =>
      naming(
        `Queue ${queue.name}`,
        channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments }),
      ),
    ),
  );
  await Promise.all(
    topology.bindings.map((binding) =>
      naming(
        `Binding of ${binding.queue}`,
        channel.bindQueue(binding.queue, binding.exchange, binding.routingKey),
      ),
    ),
  );
}

async function naming(what: string, declared: Promise<unknown>): Promise<void> {
  try {
    await declared;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const mismatch = isMismatch(cause);
    throw new AppError(
      'service.unavailable',
      mismatch ? `${what} exists with other arguments: ${difference(said)}` : `${what}: ${said}`,
      { cause },
    );
  }
}

const isMismatch = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === PRECONDITION_FAILED;

/** Extracts the broker's explanation: `inequivalent arg 'x' …: received 'a' but current is 'b'`. */
const difference = (text: string): string => /inequivalent arg .*?(?="$|$)/.exec(text)?.[0] ?? text;
