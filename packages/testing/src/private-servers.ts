import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '@calseta/database';
import {
  type PostgresServer,
  type RabbitmqServer,
  startPostgres,
  startRabbitmq,
} from '@calseta/local';
import { temporaryDirectory } from './servers/local-servers.js';

/** A RabbitMQ for one test, which may kill and restart it. */
export async function startPrivateRabbitmq(): Promise<RabbitmqServer> {
  const dir = await temporaryDirectory();
  return withoutDirectory(await startRabbitmq({ dir }), dir);
}

/** A migrated Postgres for one test, which may kill and restart it. */
export async function startPrivatePostgres(): Promise<PostgresServer> {
  const dir = await temporaryDirectory();
  const server = await startPostgres({ dataDir: join(dir, 'postgres'), persistent: false });
  await migrate({ url: server.url });
  return withoutDirectory(server, dir);
}

function withoutDirectory<T extends { stop: () => Promise<void> }>(server: T, dir: string): T {
  const stop = async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { ...server, stop, [Symbol.asyncDispose]: stop };
}
