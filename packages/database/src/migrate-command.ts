import { z } from 'zod';
import { databaseConfig } from './database-config.js';
import { migrate } from './migrate.js';

// The migrate job of compose, Kubernetes and the cluster: DATABASE_URL in, one JSON line a migration out.
const log = (level: string, message: string, facts: object) =>
  process.stdout.write(
    `${JSON.stringify({ timestamp: new Date().toISOString(), level, message, service: 'migrate', ...facts })}\n`,
  );

try {
  const { DATABASE_URL: url } = z
    .object({ DATABASE_URL: databaseConfig.DATABASE_URL })
    .parse(process.env);
  const applied = await migrate({
    url,
    log: (facts) => log('info', 'migration.applied', facts),
  });
  log('info', 'migrations.done', { applied: applied.length });
} catch (error) {
  const reasons = [error, error instanceof Error ? error.cause : undefined];
  log('error', 'migrations.failed', {
    error: reasons.filter((reason) => reason instanceof Error).map(({ message }) => message),
  });
  process.exitCode = 1;
}
