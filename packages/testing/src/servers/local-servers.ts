import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RabbitmqServer, startPostgres, startRabbitmq } from '@calseta/local';
import { type BrokerProvider, type DatabaseProvider, type Say } from './server-providers.js';

export const temporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'calseta-test-'));

export async function localPostgres(): Promise<DatabaseProvider> {
  const directory = await temporaryDirectory();
  const server = await startPostgres({ dataDir: join(directory, 'postgres'), persistent: false });
  return {
    adminUrl: server.url,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function localRabbitmq(say: Say): Promise<BrokerProvider> {
  const directory = await temporaryDirectory();
  const server: RabbitmqServer = await startRabbitmq({ dir: directory, say });
  return {
    createVhost: server.createVhost,
    deleteVhost: server.deleteVhost,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
