import { type Database, openDatabase } from '@calseta/database';
import {
  connectRabbitmq,
  createInProcessTransport,
  type PipelineTransport,
} from '@calseta/messaging';
import {
  createHttpServer,
  createTelemetry,
  type RequestHandler,
  Resources,
  serverLimits,
  startTracing,
  type ServiceInstance,
  type Telemetry,
} from '@calseta/platform';
import { testDatabase, testRabbitmq } from '@calseta/testing';
import { ADMIN_KEY, type Api, createApi } from './call-api.js';
import { type CapturedLogs, captureLogs } from './captured-logs.js';
import {
  loadPipelineConfig,
  type PipelineConfig,
  SERVICE_NAMES,
  type ServiceName,
  startService,
} from './start-service.js';

export type WrapTransport = (transport: PipelineTransport) => PipelineTransport;

export type PipelineOptions = {
  transport: 'rabbitmq' | 'in-process';
  /** Number of instances of a service; one by default. */
  replicas?: Partial<Record<ServiceName, number>>;
  env?: NodeJS.ProcessEnv;
  /** Wraps the transport of a service. */
  wrap?: Partial<Record<ServiceName, WrapTransport>>;
  /** Servers that the test owns and may stop. */
  servers?: { databaseUrl?: string; amqpUrl?: string };
  /** Collector that every service sends its spans to. */
  otlpEndpoint?: string;
};

export type RunningService = {
  name: ServiceName;
  instance: ServiceInstance;
  /** Drains it, as SIGTERM does. */
  stop: () => Promise<void>;
  /** Cuts its connection to the broker: other instances get its unacknowledged messages. */
  cutOff: () => Promise<void>;
};

export type Pipeline = AsyncDisposable & {
  url: string;
  api: Api;
  logs: CapturedLogs;
  /** A separate connection of the test. */
  database: Database;
  databaseUrl: string;
  amqpUrl: string;
  env: NodeJS.ProcessEnv;
  services: RunningService[];
  start: (name: ServiceName, wrap?: WrapTransport) => Promise<RunningService>;
};

const INGEST_PATH = /^\/v1\/ingest(?:[/?]|$)/;
const IN_PROCESS_AMQP_URL = 'amqp://not-used';

/** All five services in this process, on a separate database and virtual host, behind one URL. */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const resources = new Resources();
  try {
    return await compose(options, resources);
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

async function compose(options: PipelineOptions, resources: Resources): Promise<Pipeline> {
  const { databaseUrl, amqpUrl } = await findServers(options, resources);
  const env = {
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
    CALSETA_BOOTSTRAP_API_KEY: ADMIN_KEY,
    CALSETA_EGRESS_ALLOW: '127.0.0.0/8',
    SWEEP_INTERVAL_MS: '500',
    DELIVERY_POLL_INTERVAL_MS: '100',
    DELIVERY_DRAIN_MS: '1000',
    ...options.env,
  };
  const config = loadPipelineConfig(env);
  const logs = captureLogs();
  const database = resources.use(await open(databaseUrl, 'test'));
  const shared =
    options.transport === 'in-process' ? resources.use(createInProcessTransport()) : undefined;
  const services: RunningService[] = [];
  resources.use({ [Symbol.asyncDispose]: async () => await stopAll(services) });

  const start: Pipeline['start'] = async (name, wrap = options.wrap?.[name]) => {
    const stream = logs.stream();
    const telemetry = createTelemetry({ service: name, logLevel: 'debug', stream });
    if (options.otlpEndpoint !== undefined) {
      const tracing = await startTracing({ endpoint: options.otlpEndpoint, service: name });
      telemetry.trace = resources.use(tracing).record;
    }
    const service = await run(name, { config, telemetry, shared, wrap });
    services.push(service);
    return service;
  };
  // alerts-api first: its start creates the admin key.
  for (const name of [...SERVICE_NAMES].reverse()) {
    for (let count = options.replicas?.[name] ?? 1; count > 0; count -= 1) await start(name);
  }
  const url = await listen(services, config, resources);
  return {
    url,
    api: createApi(url),
    logs,
    database,
    databaseUrl,
    amqpUrl,
    env,
    services,
    start,
    [Symbol.asyncDispose]: async () => await resources[Symbol.asyncDispose](),
  };
}

async function findServers({ servers, transport }: PipelineOptions, resources: Resources) {
  const databaseUrl = servers?.databaseUrl ?? resources.use(await testDatabase()).url;
  if (transport === 'in-process') return { databaseUrl, amqpUrl: IN_PROCESS_AMQP_URL };
  return { databaseUrl, amqpUrl: servers?.amqpUrl ?? resources.use(await testRabbitmq()).url };
}

const open = async (url: string, applicationName: string): Promise<Database> =>
  await openDatabase({ url, applicationName, poolSize: 5, statementTimeoutMs: 10_000 });

type RunOptions = {
  config: PipelineConfig;
  telemetry: Telemetry;
  shared: PipelineTransport | undefined;
  wrap: WrapTransport | undefined;
};

async function run(name: ServiceName, options: RunOptions): Promise<RunningService> {
  const { config, telemetry, shared, wrap } = options;
  const resources = new Resources();
  const database = resources.use(await open(config.DATABASE_URL, name));
  const own = shared ?? resources.use(await connect(name, config, telemetry));
  const transport = wrap ? wrap(own) : own;
  const instance = await startService(name, { config, database, transport, telemetry });
  resources.use({ [Symbol.asyncDispose]: async () => await instance.drain() });
  return {
    name,
    instance,
    stop: async () => await resources[Symbol.asyncDispose](),
    cutOff: async () => await own[Symbol.asyncDispose](),
  };
}

const connect = async (name: ServiceName, config: PipelineConfig, { log }: Telemetry) =>
  await connectRabbitmq({
    url: config.AMQP_URL,
    connectionName: name,
    confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
    log,
  });

/** In the order of the pipeline. */
async function stopAll(services: readonly RunningService[]): Promise<void> {
  for (const name of SERVICE_NAMES) {
    const instances = services.filter((service) => service.name === name);
    await Promise.all(instances.map(async ({ stop }) => await stop()));
  }
}

/** One port, like standalone; requests are distributed among the instances. */
async function listen(
  services: readonly RunningService[],
  config: PipelineConfig,
  resources: Resources,
): Promise<string> {
  let turn = 0;
  const handleRequest: RequestHandler = (request, response) => {
    const name = INGEST_PATH.test(request.url ?? '') ? 'ingest-api' : 'alerts-api';
    const instances = services.filter((service) => service.name === name);
    turn += 1;
    instances[turn % instances.length]?.instance.handleRequest?.(request, response);
  };
  const server = createHttpServer({
    handleRequest,
    readiness: Object.fromEntries(
      services.map(({ name, instance }, index) => [`${name}-${index}`, () => isReady(instance)]),
    ),
    telemetry: createTelemetry({ service: 'gateway', logLevel: 'error' }),
    limits: serverLimits(config),
  });
  const port = await server.listen(0, '127.0.0.1');
  resources.use({
    [Symbol.asyncDispose]: async () => {
      await server.drain();
      await server.close();
    },
  });
  return `http://127.0.0.1:${port}`;
}

async function isReady({ readiness = {} }: ServiceInstance): Promise<boolean> {
  const checks = await Promise.all(Object.values(readiness).map(async (check) => await check()));
  return checks.every(Boolean);
}
