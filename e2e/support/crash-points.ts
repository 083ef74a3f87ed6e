import { type AlertMessage } from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';
import { type WrapTransport } from './start-pipeline.js';

export type CrashPoint = {
  wrap: WrapTransport;
  /** Alerts whose work was committed when their consumer stopped. */
  reached: Set<string>;
  /** Releases the stopped consumers, so that the test can end. */
  release: () => void;
};

/** A consumer that commits its work and then neither publishes nor acknowledges. */
export function standStillAfterCommit(): CrashPoint {
  const { reached, release, released } = createGate();
  const wrap: WrapTransport = (transport) => ({
    ...transport,
    consume: async (subscription, handler, options) =>
      await transport.consume(
        subscription,
        async (message, context) => {
          const next = await handler(message, context);
          reached.add(message.alert_id);
          await released;
          return next;
        },
        options,
      ),
  });
  return { wrap, reached, release };
}

/** A process that dies between its commit and its publish, as other processes see it. */
export function neverPublish(): CrashPoint {
  const { reached, release, released } = createGate();
  const publish: PipelineTransport['publish'] = async (message: AlertMessage) => {
    reached.add(message.alert_id);
    await released;
  };
  return { wrap: (transport) => ({ ...transport, publish }), reached, release };
}

function createGate() {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  return { reached: new Set<string>(), release: () => release(), released };
}
