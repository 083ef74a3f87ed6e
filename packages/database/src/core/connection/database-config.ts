import { readFileSync } from 'node:fs';
import { readTlsFiles, type TlsFiles } from '@calseta/common';
import { z } from 'zod';
import { type DatabaseOptions } from './open-database.js';
import { type DatabaseLog } from './report-outage.js';
import { type DatabaseMetrics } from './database-metrics.js';

const path = z.string().min(1).optional();

/** Files of TLS to the database, which are read at start. */
const databaseTlsConfig = {
  DATABASE_CA_FILE: path.describe(
    'PEM file of the authorities that the certificate of Postgres is checked against, instead of the usual ones.',
  ),
  DATABASE_CERT_FILE: path.describe('PEM file of the client certificate for Postgres.'),
  DATABASE_KEY_FILE: path.describe('PEM file of the key of the client certificate for Postgres.'),
};

/** Environment variables of the database. */
export const databaseConfig = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).meta({
    description:
      'PostgreSQL 15 or newer: `postgresql://user:password@host/database`, with TLS by `?sslmode=verify-full`, through PgBouncer in transaction mode by `?pgbouncer=true`.',
  }),
  ...databaseTlsConfig,
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(10)
    .meta({ description: 'Connections that one process holds at most.' }),
  DATABASE_STATEMENT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(15_000)
    .meta({ description: 'How long one statement may run, ms.' }),
};

/** Reads the files; throws an error that names the variable. */
export const databaseTls = (
  config: z.output<z.ZodObject<typeof databaseTlsConfig>>,
): TlsFiles | undefined =>
  readTlsFiles(
    'DATABASE',
    {
      ca: config.DATABASE_CA_FILE,
      cert: config.DATABASE_CERT_FILE,
      key: config.DATABASE_KEY_FILE,
    },
    (file) => readFileSync(file, 'utf8'),
  );

export const databaseOptions = (
  config: z.output<z.ZodObject<typeof databaseConfig>>,
  applicationName: string,
  telemetry?: { log: DatabaseLog; metrics: DatabaseMetrics },
): DatabaseOptions => ({
  url: config.DATABASE_URL,
  tls: databaseTls(config),
  poolSize: config.DATABASE_POOL_SIZE,
  statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
  applicationName,
  ...telemetry,
});
