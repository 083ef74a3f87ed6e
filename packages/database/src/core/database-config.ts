import { z } from 'zod';
import { type DatabaseOptions } from './open-database.js';
import { type DatabaseLog } from './report-outage.js';
import { type DatabaseMetrics } from './database-metrics.js';

/** Environment variables of the database. */
export const databaseConfig = {
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .meta({ description: 'PostgreSQL 15 or newer: `postgresql://user:password@host/database`.' }),
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

export const databaseOptions = (
  config: z.output<z.ZodObject<typeof databaseConfig>>,
  applicationName: string,
  telemetry?: { log: DatabaseLog; metrics: DatabaseMetrics },
): DatabaseOptions => ({
  url: config.DATABASE_URL,
  poolSize: config.DATABASE_POOL_SIZE,
  statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
  applicationName,
  ...telemetry,
});
