import {
  createHttpServer,
  serverLimits,
  type ServiceInstance,
  type Telemetry,
} from '@calseta/platform';

export type HttpOptions = {
  telemetry: Telemetry;
  config: Parameters<typeof serverLimits>[0];
};

/** Serves a service on a free port of loopback; disposing stops both. */
export async function startHttp(
  service: ServiceInstance,
  { telemetry, config }: HttpOptions,
): Promise<AsyncDisposable & { url: string }> {
  const { handleRequest, readiness = {}, schema } = service;
  const server = createHttpServer({
    ...(handleRequest && { handleRequest }),
    readiness,
    schema,
    telemetry,
    limits: serverLimits(config),
  });
  const port = await server.listen(0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      service.endStreams?.();
      await server.drain();
      await service.drain();
      await server.close();
    },
  };
}
