import { type MessageHandler, type PipelineTransport } from '@calseta/messaging';

/** Where a worker dies: after the commit and before the publish, or after the publish and before the ack. */
export type CrashPoint = { at: 'after-commit' | 'after-publish'; messages: number };

/** A transport that kills its process when it has reached that point this number of times. */
export function crashAt(
  transport: PipelineTransport,
  { at, messages }: CrashPoint,
): PipelineTransport {
  let reached = 0;
  const handleAndDie =
    (handler: MessageHandler): MessageHandler =>
    async (message, context) => {
      const next = await handler(message, context);
      if (at === 'after-publish' && next) {
        await transport.publish(next, { traceparent: context.traceparent });
      }
      reached += 1;
      if (reached === messages) process.kill(process.pid, 'SIGKILL');
      return next;
    };
  return {
    ...transport,
    consume: async (subscription, handler, options) =>
      await transport.consume(subscription, handleAndDie(handler), options),
  };
}
