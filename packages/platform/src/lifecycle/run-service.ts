import { VERSION } from '@calseta/common';
import {
  type Config,
  ConfigError,
  type ConfigShape,
  loadConfig,
  misspeltVariables,
} from '../config/load-config.js';
import { baseConfig } from '../config/shapes.js';
import { type LogLevel } from '../telemetry/logger.js';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { startTracing } from '../telemetry/tracing.js';
import { type RunningProcess, superviseProcess } from './process-events.js';
import { Resources } from './resources.js';
import { describeSchema, type SchemaSource } from '../http/schema-source.js';
import { type ServiceInstance } from '../http/service-instance.js';
import { awaitSchema } from './await-schema.js';
import { startServer } from './start-server.js';

export type ServiceContext<S extends ConfigShape> = {
  config: Config<S & typeof baseConfig>;
  telemetry: Telemetry;
  resources: Resources;
  /** Resolves when the schema has what this build needs; until then the process is alive and unready. */
  untilMigrated: (schema: SchemaSource) => Promise<void>;
};

export type RunOptions = {
  env?: NodeJS.ProcessEnv;
  process?: RunningProcess;
  logStream?: NodeJS.WritableStream;
};

/**
 * Runs one service as this process until it is stopped: configuration, telemetry, health, signals and an orderly
 * shutdown. Resolves with the port once it serves.
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
  const telemetryAt = (logLevel: LogLevel): Telemetry =>
    createTelemetry({ service: name, logLevel, ...(stream ? { stream } : {}) });
  const misspelt = misspeltVariables(options.env);
  const warn = ({ log }: Pick<Telemetry, 'log'>): void => {
    for (const { name: variable, nearest } of misspelt) {
      log.warn('config.unknown_variable', { variable, nearest });
    }
  };
  let config: ServiceContext<S>['config'];
  try {
    config = loadConfig<S & typeof baseConfig>({ ...baseConfig, ...configShape }, options.env);
  } catch (error) {
    owner.exitCode = 1;
    const details = error instanceof ConfigError ? { problems: error.problems } : { error };
    const telemetry = telemetryAt('info');
    telemetry.log.error('service.misconfigured', details);
    warn(telemetry);
    return undefined;
  }
  const base = config as Config<typeof baseConfig>;
  const telemetry = telemetryAt(base.LOG_LEVEL);
  await traceTo(base.OTEL_EXPORTER_OTLP_ENDPOINT, { service: name, telemetry, resources });
  warn(telemetry);
  const supervision = superviseProcess(owner, telemetry.log, base.SHUTDOWN_DEADLINE_MS);
  try {
    const untilMigrated = async (schema: SchemaSource): Promise<void> =>
      await awaitSchema(schema, { name, telemetry, config: base, signal: supervision.signal });
    const instance = await start({ config, telemetry, resources, untilMigrated });
    showBuild(telemetry, name, instance.schema?.needed ?? '');
    // Registered last, so disposed first: it drains before its resources close.
    resources.use({ [Symbol.asyncDispose]: async () => await instance.drain() });
    const schema = await schemaFound(instance.schema);
    const server = await startServer(instance, telemetry, base);
    telemetry.log.info('service.started', { port: server.port, version: VERSION, schema });
    supervision.onStop(async () => {
      try {
        await server.drain(base.SHUTDOWN_UNREADY_MS);
      } finally {
        await resources[Symbol.asyncDispose]();
        await server.close();
      }
    });
    instance.onListening?.(server.port);
    return { port: server.port };
  } catch (error) {
    const wasStopped = supervision.signal.aborted && error === supervision.signal.reason;
    if (!wasStopped) telemetry.log.error('service.start_failed', { error });
    supervision.onStop(async () => await resources[Symbol.asyncDispose]());
    if (!wasStopped) supervision.stop('start failed', 1);
    return undefined;
  }
}

/** Time to read the version of the schema for the log. */
const SCHEMA_TIMEOUT_MS = 2_000;

const schemaFound = async (schema: SchemaSource | undefined) =>
  schema && (await describeSchema(schema, SCHEMA_TIMEOUT_MS))?.found;

function showBuild({ metrics }: Telemetry, service: string, schema: string): void {
  const labels = ['version', 'service', 'node', 'schema'] as const;
  metrics
    .gauge(
      'calseta_build_info',
      'Always 1; its labels say what runs, and the newest migration that it needs.',
      [...labels],
    )
    .set({ version: VERSION, service, node: process.version, schema }, 1);
}

/** Closed after everything that records spans. */
async function traceTo(
  endpoint: string | undefined,
  to: { service: string; telemetry: Telemetry; resources: Resources },
): Promise<void> {
  if (endpoint === undefined) return;
  const { record } = to.resources.use(await startTracing({ endpoint, service: to.service }));
  to.telemetry.trace = record;
}
