import { z } from 'zod';
import { databaseConfig, databaseTls } from './core/connection/database-config.js';
import { migrate } from './migrations/migrate.js';

// The migrate job of compose, Kubernetes and the cluster: reads DATABASE_URL, prints one JSON line per migration.
const log = (level: string, message: string, facts: object) =>
  process.stdout.write(
    `${JSON.stringify({ timestamp: new Date().toISOString(), level, message, service: 'migrate', ...facts })}\n`,
  );

try {
  const { DATABASE_URL: url, ...config } = z
    .object(databaseConfig)
    // eslint-disable-next-line no-restricted-properties -- This is a main.
    .parse(process.env);
  const applied = await migrate({
    url,
    tls: databaseTls(config),
    log: (facts) => log('info', 'migration.applied', facts),
    onBusy: (facts) => log('warn', 'migration.waits', facts),
  });
  log('info', 'migrations.done', { applied: applied.length });
} catch (error) {
  log('error', 'migrations.failed', { error: explain(error) });
  process.exitCode = 1;
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  if (!(error instanceof Error)) return String(error);
  // A refused connection to a host with several addresses has a code but no message.
  const text = error.message || ('code' in error ? String(error.code) : error.name);
  return error.cause === undefined ? text : `${text} ${explain(error.cause)}`;
}
