import { type MessageHandler, type PipelineTransport } from '@calseta/messaging';

/** Where a worker dies: its work committed and nothing published, or published and not acknowledged. */
export type CrashPoint = { at: 'after-commit' | 'after-publish'; messages: number };

/** The transport of a process that kills itself when it has come to that point so often. */
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
