import { findFreePort, type Gateway, startGateway } from '@calseta/local';
import { type Agents, startAgents } from '../system/agents.js';
import { startSystem, type System } from '../system/start-system.js';
import { startTcpProxy, type TcpProxy } from '../system/tcp-proxy.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { startTool, type Tool } from '../tools/tool.js';

export type ChaosSystem = AsyncDisposable & {
  system: System;
  gateway: Gateway;
  agents: Agents;
  load: Tool<LoadMethods>;
  /** Proxies through which the services reach their servers. */
  amqp: TcpProxy;
  postgres: TcpProxy;
};

const AGENTS = 3;
const REPLICAS = { 'alerts-api': 2, 'ingest-api': 2, extractor: 2, enricher: 2, dispatcher: 2 };
/** Limits of ingest-api: about a tenth of the defaults, so that a short flood is refused in part, and drained soon. */
const MAX_QUEUED = 1_000;
const MAX_WAITING_BODIES = 2;
/** A tenth of the default, so that runs of a dispatcher that was killed go on soon. */
const WORKFLOW_LEASE_MS = 3_000;
/** Several times the interval in which the gateway asks whether a replica is ready. */
const UNREADY_MS = 1_000;
const ENV = {
  SHUTDOWN_UNREADY_MS: String(UNREADY_MS),
  INGEST_MAX_QUEUED: String(MAX_QUEUED),
  INGEST_MAX_WAITING_BODIES: String(MAX_WAITING_BODIES),
  WORKFLOW_LEASE_MS: String(WORKFLOW_LEASE_MS),
};
const SETTINGS = Object.entries(ENV).map(([name, value]) => `${name}=${value}`);
export const HOW_CHAOS_IS_SET = `Two of each service; ${SETTINGS.join(', ')}; all other settings, those of sweeping and of other leases included, are the defaults.`;

/** The pipeline with two of each worker behind the gateway; its network and its servers can be broken. */
export async function startChaosSystem(): Promise<ChaosSystem> {
  const parts: AsyncDisposable[] = [];
  const use = <T extends AsyncDisposable>(part: T): T => {
    parts.push(part);
    return part;
  };
  const dispose = async () => {
    for (let part = parts.pop(); part; part = parts.pop()) await part[Symbol.asyncDispose]();
  };
  try {
    const reroute = async (url: string): Promise<{ url: string; proxy: TcpProxy }> => {
      const through = new URL(url);
      const proxy = use(await startTcpProxy(Number(through.port)));
      through.port = String(proxy.port);
      return { url: through.href, proxy };
    };
    const proxies: { amqp?: TcpProxy; postgres?: TcpProxy } = {};
    const system = use(
      await startSystem({
        replicas: REPLICAS,
        env: ENV,
        reroute: async ({ databaseUrl, amqpUrl }) => {
          const database = await reroute(databaseUrl);
          const broker = await reroute(amqpUrl);
          proxies.postgres = database.proxy;
          proxies.amqp = broker.proxy;
          return { databaseUrl: database.url, amqpUrl: broker.url };
        },
      }),
    );
    const gateway = use(
      await startGateway({
        port: await findFreePort(),
        ingest: system.instancesOf('ingest-api').map(({ url }) => url),
        api: system.instancesOf('alerts-api').map(({ url }) => url),
      }),
    );
    const options = { count: AGENTS, maxConcurrency: 20, timeoutSeconds: 2 };
    const agents = use(await startAgents(system, options));
    const load = use(startTool<LoadMethods>('load-tool'));
    const { amqp, postgres } = proxies;
    if (!amqp || !postgres) throw new Error('The servers were not rerouted.');
    return { system, gateway, agents, load, amqp, postgres, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
