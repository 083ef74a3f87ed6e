import { resolve } from 'node:path';
import { givenVariable, misspeltVariables } from '@calseta/platform';

export const SERVICES = [
  'ingest-api',
  'extractor',
  'enricher',
  'dispatcher',
  'alerts-api',
] as const;
export type ServiceName = (typeof SERVICES)[number];

export type ClusterConfig = {
  port: number;
  host: string;
  dataDir: string;
  /** Used instead of servers of our own. */
  databaseUrl: string | undefined;
  amqpUrl: string | undefined;
  /** Used instead of the one that the data directory keeps. */
  encryptionKey: string | undefined;
  egressAllow: string;
  publicUrl: string;
  logLevel: string;
  trustedProxyHops: string;
  shutdownUnreadyMs: string;
  replicas: Record<ServiceName, number>;
  /** Variables that nobody reads, with those that were probably meant. */
  misspelt: ReturnType<typeof misspeltVariables>;
};

const DEFAULT_PORT = '8000';
/** Whoever wants others to reach the gateway says so. */
const LOCALHOST = '127.0.0.1';
/** The gateway is one. */
const GATEWAY_HOPS = '1';
/** Time for the gateway to notice that a replica stops, several times over. */
const SHUTDOWN_UNREADY_MS = '1000';
const MAX_REPLICAS = 32;
const LOOPBACK = '127.0.0.0/8,::1/128';

/** Reads what the cluster itself needs; the services read the rest of the same environment. */
export function readClusterConfig(env: NodeJS.ProcessEnv): ClusterConfig {
  const given = (name: string) => givenVariable(env, name);
  const port = parsePort(given('HTTP_PORT') ?? DEFAULT_PORT);
  return {
    port,
    host: given('HTTP_HOST') ?? LOCALHOST,
    dataDir: resolve(given('CALSETA_DATA_DIR') ?? '.calseta'),
    databaseUrl: given('DATABASE_URL'),
    amqpUrl: given('AMQP_URL'),
    encryptionKey: given('CALSETA_ENCRYPTION_KEY'),
    // A list: set but empty, it allows nothing.
    egressAllow: env['CALSETA_EGRESS_ALLOW'] ?? LOOPBACK,
    publicUrl: given('CALSETA_PUBLIC_URL') ?? `http://localhost:${port}`,
    logLevel: given('LOG_LEVEL') ?? 'warn',
    trustedProxyHops: given('HTTP_TRUSTED_PROXY_HOPS') ?? GATEWAY_HOPS,
    shutdownUnreadyMs: given('SHUTDOWN_UNREADY_MS') ?? SHUTDOWN_UNREADY_MS,
    replicas: parseReplicas(given('CALSETA_REPLICAS') ?? ''),
    misspelt: misspeltVariables(env),
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`HTTP_PORT: ${text} is not a port`);
  }
  return port;
}

/** `extractor=2,enricher=3`; what is not named runs once. */
export function parseReplicas(text: string): Record<ServiceName, number> {
  const replicas = Object.fromEntries(SERVICES.map((name) => [name, 1])) as Record<
    ServiceName,
    number
  >;
  for (const part of text.split(',').filter((word) => word.trim() !== '')) {
    const [name = '', count = ''] = part.split('=').map((word) => word.trim());
    const known = SERVICES.find((service) => service === name);
    if (!known) {
      throw new Error(`CALSETA_REPLICAS: no service "${name}"; there are ${SERVICES.join(', ')}`);
    }
    if (!/^\d+$/.test(count) || Number(count) < 1 || Number(count) > MAX_REPLICAS) {
      throw new Error(`CALSETA_REPLICAS: ${name} needs a number from 1 to ${MAX_REPLICAS}`);
    }
    replicas[known] = Number(count);
  }
  return replicas;
}
