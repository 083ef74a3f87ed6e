import { type AlertMessage, type Subscription } from '@calseta/common';
import { createInProcessTransport, type PipelineTransport } from '@calseta/messaging';
import { type ServiceInstance } from '@calseta/platform';

export type RunningStage = {
  transport: PipelineTransport;
  service: ServiceInstance;
  /** Messages that the next service would have got. */
  published: AlertMessage[];
  stop(): Promise<void>;
};

/** Starts a service on a transport of its own, with a listener on the subscription of the next service. */
export async function startStageService(
  next: Subscription,
  create: (transport: PipelineTransport) => Promise<ServiceInstance>,
): Promise<RunningStage> {
  const transport = createInProcessTransport();
  const published: AlertMessage[] = [];
  const listener = await transport.consume(
    next,
    async (message) => {
      published.push(message);
      return undefined;
    },
    { prefetch: 100, observer: { handled: () => undefined }, onDeadLetter: async () => undefined },
  );
  const service = await create(transport);
  return {
    transport,
    service,
    published,
    async stop() {
      await service.drain();
      await listener.drain();
      await transport[Symbol.asyncDispose]();
    },
  };
}
