import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { findFreePort } from '../processes/free-port.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { choosePostgresUser, type PostgresUser } from './postgres-user.js';
import { clearPostmasterLock, readPostmasterLock } from './postmaster-lock.js';
import { type LocalServer } from './local-server.js';
import { restartable } from '../processes/restartable.js';
import { runCommand } from '../processes/run-command.js';
import { type ServerProcess, spawnServer } from '../processes/spawn-server.js';
import { waitUntil } from '../processes/wait-until.js';

export type PostgresServer = LocalServer;

type PostgresOptions = {
  dataDir: string;
  port?: number | undefined;
  /** False: nothing is synced to disk, and the data is deleted at the end. For tests. */
  persistent: boolean;
};

type Installation = { dataDir: string; port: number; settings: string[]; user: PostgresUser };

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 200;
/**
 * About 30,000 alerts fill Postgres' own default of 128 MB; after that the pipeline takes a seventh longer.
 * Only memory that is used is taken from the machine.
 */
const SHARED_BUFFERS = '512MB';
const MAX_ATTEMPTS = 20;
const RETRY_AFTER_MS = 250;
const DATABASE = 'calseta';
const PASSWORD_FILE = 'calseta-password';

/** Starts a real PostgreSQL on a data directory, which is created if missing. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const dataDir = resolve(options.dataDir);
  const binaries = await findPostgresBinaries();
  await mkdir(dirname(dataDir), { recursive: true });
  const user = await choosePostgresUser([binaries.postgres, dirname(dataDir)]);
  const password = await initialise(binaries, dataDir, user, options.persistent);
  const port = options.port ?? (await findFreePort());
  const settings = options.persistent ? [] : ['fsync=off', 'full_page_writes=off'];
  const installation = { dataDir, port, settings, user };
  const url = (database: string) =>
    `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;

  const start = async () => await launch(binaries, installation);
  const server = restartable(await start(), { launch: start, stopTimeoutMs: STOP_TIMEOUT_MS });
  try {
    await createDatabase(url('postgres'));
  } catch (error) {
    await server.stop();
    throw error;
  }
  const stop = async () => {
    await server.stop();
    if (!options.persistent) await rm(dataDir, { recursive: true, force: true });
  };
  return {
    ...server,
    url: url(DATABASE),
    port,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function initialise(
  { initdb }: PostgresBinaries,
  dataDir: string,
  user: PostgresUser,
  persistent: boolean,
): Promise<string> {
  const known = await readFile(join(dataDir, PASSWORD_FILE), 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  // Created in another directory and moved at the end, so that an interrupted start leaves no partial data.
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const password = randomBytes(16).toString('hex');
  const passwordFile = `${dataDir}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.owner) {
    await chown(draft, user.owner.uid, user.owner.gid);
    await chown(passwordFile, user.owner.uid, user.owner.gid);
  }
  const args = ['--pgdata', draft, '--username=postgres', `--pwfile=${passwordFile}`];
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C');
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  if (!persistent) args.push('--no-sync');
  const run = user.become(initdb, args);
  const result = await runCommand(run.command, run.args, run.ids);
  if (result.code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw new Error(`The database in ${dataDir} could not be made:\n${result.output.trim()}`);
  }
  await rename(passwordFile, join(draft, PASSWORD_FILE));
  await rename(draft, dataDir);
  return password;
}

async function launch({ postgres }: PostgresBinaries, installation: Installation) {
  const { dataDir, port, user } = installation;
  await clearPostmasterLock(dataDir);
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `max_connections=${MAX_CONNECTIONS}`,
    `shared_buffers=${SHARED_BUFFERS}`,
    ...installation.settings,
  ].flatMap((setting) => ['-c', setting]);
  const run = user.become(postgres, ['-D', dataDir, '-p', String(port), ...settings]);
  const logFile = `${dataDir}.log`;
  for (let attempt = 1; ; attempt += 1) {
    await rm(logFile, { force: true });
    const server = await spawnServer({ ...run, output: { file: logFile }, stopSignal: 'SIGINT' });
    if (await hasStarted(server, dataDir)) return server;
    const log = await server.outputTail();
    await server.kill();
    // The last backends of a killed server hold its shared memory for a moment.
    if (attempt === MAX_ATTEMPTS || !log.includes('shared memory block')) {
      throw new Error(`PostgreSQL did not start on port ${port} with ${dataDir}:\n${log}`);
    }
    await delay(RETRY_AFTER_MS);
  }
}

async function hasStarted(server: ServerProcess, dataDir: string): Promise<boolean> {
  const isReady = async () => {
    const lock = await readPostmasterLock(dataDir);
    return lock?.pid === server.pid && lock.status === 'ready';
  };
  await waitUntil(async () => server.hasExited() || (await isReady()), {
    timeoutMs: START_TIMEOUT_MS,
    intervalMs: 20,
  });
  return !server.hasExited() && (await isReady());
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
