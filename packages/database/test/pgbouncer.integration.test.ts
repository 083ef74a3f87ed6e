import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  eventually,
  type TestDatabase,
  testDatabase,
  unpackDebianPackages,
} from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Database } from '../src/core/database.js';
import { migrate } from '../src/migrations/migrate.js';
import { openTestDatabase } from './with-database.js';

/** PgBouncer refuses to run as root. */
const NOBODY = 65_534;
const PACKAGES = ['pgbouncer', 'libevent-2.1-7', 'libc-ares2'];

type Program = { command: string; libraries: string };

async function findPgbouncer(): Promise<Program | undefined> {
  const root = await unpackDebianPackages('pgbouncer', PACKAGES);
  if (!root) return undefined;
  const libraries = join(root, 'usr/lib');
  const found = (await readdir(libraries)).find((name) => name.endsWith('-gnu')) ?? '';
  return { command: join(root, 'usr/sbin/pgbouncer'), libraries: join(libraries, found) };
}

const program = await findPgbouncer();
const testWithPgbouncer = program ? test : test.skip;
if (!program) {
  process.stderr.write('NOT CHECKED: PgBouncer, whose Debian package cannot be had here\n');
}

let given: TestDatabase;
let directory: string;
let pooler: ChildProcess | undefined;
let url: string;
beforeAll(async () => {
  given = await testDatabase();
  if (!program) return;
  directory = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const port = await findFreePort();
  const server = new URL(given.url);
  const name = server.pathname.slice(1);
  const file = join(directory, 'pgbouncer.ini');
  await writeFile(
    file,
    `[databases]
${name} = host=${server.hostname} port=${server.port} dbname=${name} user=${server.username} password=${server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`,
  );
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(file, NOBODY, NOBODY);
  await chmod(directory, 0o755);
  pooler = spawn(program.command, [file], {
    stdio: 'ignore',
    env: { ...process.env, LD_LIBRARY_PATH: program.libraries },
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  url = `postgresql://any@127.0.0.1:${port}/${name}`;
  await eventually(
    async () => {
      await using database = await openPooled();
      expect(await database.ping()).toBe(true);
    },
    { timeoutMs: 20_000 },
  );
}, 120_000);
afterAll(async () => {
  if (pooler?.exitCode === null) {
    pooler.kill('SIGKILL');
    await once(pooler, 'exit');
  }
  await given.drop();
  if (directory) await rm(directory, { recursive: true });
});

async function findFreePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

const openPooled = async (): Promise<Database> => await openTestDatabase(`${url}?pgbouncer=true`);

testWithPgbouncer(
  'statements, transactions and Prisma work over fewer connections than are asked for',
  async () => {
    await using database = await openPooled();
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, number) => {
        const text = `SELECT $1::int + ${number % 7} AS sum`;
        if (number % 3 === 0)
          return (await database.query<{ sum: number }>(text, [number])).rows[0]?.sum;
        if (number % 3 === 1) {
          return await database.transaction(async (transaction) => {
            transaction.send('SELECT set_config($1, $2, true)', ['calseta.test', String(number)]);
            return (await transaction.query<{ sum: number }>(text, [number])).rows[0]?.sum;
          });
        }
        const [row] = await database.prisma.$queryRawUnsafe<{ sum: number }[]>(text, number);
        return row?.sum;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 60 }, (_, number) => number + (number % 7)));
    expect(await database.prisma.source.count()).toBeGreaterThan(0);
  },
);

testWithPgbouncer('locks of a transaction exclude one another', async () => {
  await using database = await openPooled();
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      await database.transaction(async (transaction) => {
        await transaction.query('SELECT pg_advisory_xact_lock($1)', [4711]);
        inside += 1;
        most = Math.max(most, inside);
        await transaction.query('SELECT $1::int', [1]);
        inside -= 1;
      });
    }),
  );
  expect(most).toBe(1);
});

testWithPgbouncer('says how to set it where the URL does not tell of the pooler', async () => {
  await using database = await openTestDatabase(url);
  await expect(database.query('SELECT $1::int', [1])).rejects.toThrow(
    /unsupported startup parameter|does not answer/,
  );
});

testWithPgbouncer('refuses to migrate through it', async () => {
  await expect(migrate({ url: `${url}?pgbouncer=true` })).rejects.toThrow('without pgbouncer=true');
});
