import { resolve } from 'node:path';

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
  egressAllow: string;
  publicUrl: string;
  logLevel: string;
  replicas: Record<ServiceName, number>;
};

const DEFAULT_PORT = 8000;
const MAX_REPLICAS = 32;
const LOOPBACK = '127.0.0.0/8,::1/128';

/** Reads what the cluster itself needs; the services read the rest of the same environment. */
export function readClusterConfig(env: NodeJS.ProcessEnv): ClusterConfig {
  const port = Number(env['HTTP_PORT'] ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`HTTP_PORT: ${env['HTTP_PORT'] ?? ''} is not a port`);
  }
  return {
    port,
    host: env['HTTP_HOST'] ?? '0.0.0.0',
    dataDir: resolve(env['CALSETA_DATA_DIR'] ?? '.calseta'),
    databaseUrl: env['DATABASE_URL'],
    amqpUrl: env['AMQP_URL'],
    egressAllow: env['CALSETA_EGRESS_ALLOW'] ?? LOOPBACK,
    publicUrl: env['CALSETA_PUBLIC_URL'] ?? `http://localhost:${port}`,
    logLevel: env['LOG_LEVEL'] ?? 'warn',
    replicas: parseReplicas(env['CALSETA_REPLICAS'] ?? ''),
  };
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
