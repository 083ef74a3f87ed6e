import { type Config, ConfigError, type ConfigShape, loadConfig } from '../config.js';
import { baseConfig } from '../config/shapes.js';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { type RunningProcess, superviseProcess } from './process-events.js';
import { Resources } from './resources.js';
import { type ServiceInstance } from './service.js';
import { startServer } from './start-server.js';

export type ServiceContext<S extends ConfigShape> = {
  config: Config<S & typeof baseConfig>;
  telemetry: Telemetry;
  resources: Resources;
};

export type RunOptions = {
  env?: NodeJS.ProcessEnv;
  process?: RunningProcess;
  logStream?: NodeJS.WritableStream;
};

/**
 * Runs one service as this process until it is told to stop: configuration, telemetry, health, signals,
 * and an orderly end. Resolves with the port once it serves.
 */
export async function runService<S extends ConfigShape>(
  name: string,
  configShape: S,
  start: (context: ServiceContext<S>) => Promise<ServiceInstance>,
  options: RunOptions = {},
): Promise<{ port: number } | undefined> {
  const owner: RunningProcess = options.process ?? process;
  const stream = options.logStream;
  const resources = new Resources();
  let telemetry = createTelemetry({
    service: name,
    logLevel: 'info',
    ...(stream ? { stream } : {}),
  });
  try {
    const config = loadConfig({ ...configShape, ...baseConfig }, options.env) as Config<
      S & typeof baseConfig
    >;
    const base = config as Config<typeof baseConfig>;
    telemetry = createTelemetry({
      service: name,
      logLevel: base.LOG_LEVEL,
      ...(stream ? { stream } : {}),
    });
    const { log } = telemetry;
    const supervision = superviseProcess(owner, log, base.SHUTDOWN_DEADLINE_MS);
    const instance = await start({ config, telemetry, resources });
    const server = await startServer(instance, telemetry, base);
    log.info('service.started', { port: server.port });
    supervision.onStop(async () => {
      await server.drain(base.SHUTDOWN_UNREADY_MS);
      await instance.drain();
      await server.close();
      await resources[Symbol.asyncDispose]();
    });
    return { port: server.port };
  } catch (error) {
    owner.exitCode = 1;
    telemetry.log.error(
      'service.start_failed',
      error instanceof ConfigError ? { problems: error.problems } : { error },
    );
    await resources[Symbol.asyncDispose]();
    return undefined;
  }
}
