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
  /** Used instead of our own servers. */
  databaseUrl: string | undefined;
  amqpUrl: string | undefined;
  /** Used instead of the key in the data directory. */
  encryptionKey: string | undefined;
  egressAllow: string;
  publicUrl: string;
  logLevel: string;
  trustedProxyHops: string;
  shutdownUnreadyMs: string;
  replicas: Record<ServiceName, number>;
  /** Unknown variables, each with the known one that it resembles. */
  misspelt: ReturnType<typeof misspeltVariables>;
};

const DEFAULT_PORT = '8000';
/** To let other machines reach the gateway, set HTTP_HOST. */
const LOCALHOST = '127.0.0.1';
/** Counts the gateway itself. */
const GATEWAY_HOPS = '1';
/** Several times the interval in which the gateway notices that a replica stops. */
const SHUTDOWN_UNREADY_MS = '1000';
const MAX_REPLICAS = 32;
const LOOPBACK = '127.0.0.0/8,::1/128';

/** Reads the variables of the cluster itself; the services read the others from the same environment. */
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
    // This is a list: set but empty, it allows nothing.
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

/** `extractor=2,enricher=3`; a service that is not named runs once. */
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
