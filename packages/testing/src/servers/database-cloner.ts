import { migrate } from '@calseta/database';
import { Client } from 'pg';
import { type DatabaseProvider } from './server-providers.js';

export type DatabaseCloner = {
  clone: () => Promise<{ name: string; url: string }>;
  /** Drops it and returns the connections that were still open. */
  drop: (name: string) => Promise<string[]>;
  close: () => Promise<void>;
};

const CONNECTIONS_CLOSE_MS = 3_000;

/** Migrates one template database; a clone takes about ten milliseconds. */
export async function createDatabaseCloner(provider: DatabaseProvider): Promise<DatabaseCloner> {
  const run = `calseta_test_${Date.now().toString(36)}_${process.pid}`;
  const template = `${run}_template`;
  const admin = new Client({ connectionString: provider.adminUrl });
  await admin.connect();
  const urlOf = (name: string) => {
    const url = new URL(provider.adminUrl);
    url.pathname = `/${name}`;
    return url.href;
  };
  await admin.query(`CREATE DATABASE ${template}`);
  await migrate({ url: urlOf(template) });

  const clones = new Set<string>();
  let made = 0;
  const drop = async (name: string) => {
    const open = await openConnections(admin, name);
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    clones.delete(name);
    return open;
  };
  return {
    async clone() {
      made += 1;
      const name = `${run}_${made}`;
      clones.add(name);
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      return { name, url: urlOf(name) };
    },
    drop,
    async close() {
      for (const name of [...clones, template]) {
        await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }
      await admin.end();
    },
  };
}

/** The server sees a closed connection for a moment longer. */
async function openConnections(admin: Client, database: string): Promise<string[]> {
  const deadline = performance.now() + CONNECTIONS_CLOSE_MS;
  for (;;) {
    const { rows } = await admin.query<{ description: string }>(
      `SELECT concat_ws(' ', nullif(application_name, ''), state, left(query, 80)) AS description
         FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
      [database],
    );
    if (rows.length === 0 || performance.now() > deadline) {
      return rows.map((row) => row.description);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
