// `npm run drill`: backs up a running Calseta with alerts in flight, destroys Postgres and RabbitMQ, restores, and accounts for
// every alert. Servers and services of its own; ends with code 1 when an alert of before the backup is missing.
import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgresTools } from './debian-postgres.mjs';
import { root, run } from './run.mjs';
import { orExplain, setUp } from './setup.mjs';

const SERVICES = ['ingest-api', 'extractor', 'enricher', 'dispatcher', 'alerts-api'];
/** Alerts that are processed before the backup, that wait for the extractor during it, and that come after it. */
const ALERTS = { before: 60, inFlight: 40, after: 20 };
const NOT_CHECKED = 75;
const DRAIN_MS = 180_000;

const say = (line) => process.stdout.write(`[drill] ${line}\n`);

await orExplain(setUp({ build: 'everything' }));
const tools = await findPostgresTools();
if (!tools) {
  say(
    'NOT CHECKED: PostgreSQL with pg_dump is neither installed nor to be had from Debian packages here',
  );
  process.exit(NOT_CHECKED);
}
const { findFreePort, startRabbitmq, startServiceProcess, waitUntil } =
  await import('../packages/local/dist/index.js');
const { migrate } = await import('../packages/database/dist/index.js');

const dir = await mkdtemp(join(tmpdir(), 'calseta-drill-'));
const asPostgres = await userPrefix();
const cleanUps = [() => rm(dir, { recursive: true, force: true })];
try {
  process.exitCode = (await drill()) ? 0 : 1;
} finally {
  while (cleanUps.length > 0)
    await cleanUps
      .pop()()
      .catch((error) => say(String(error)));
}

async function drill() {
  const dump = join(dir, 'calseta.dump');
  const key = `cai_${randomBytes(32).toString('hex')}`;
  const agent = await startAgent();
  cleanUps.push(agent.close);
  const env = {
    CALSETA_BOOTSTRAP_API_KEY: key,
    CALSETA_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    CALSETA_EGRESS_ALLOW: '127.0.0.0/8',
    HTTP_HOST: '127.0.0.1',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
    SWEEP_INTERVAL_MS: '1000',
    DELIVERY_LEASE_MS: '2000',
  };

  const first = await startServers('first');
  await migrate({ url: first.databaseUrl });
  const system = await startServices(first, env);
  await call(system, key, 'POST', '/v1/agents', { name: 'drill', webhook_url: agent.url });
  // The configuration is effective everywhere.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const accepted = await ingest(system, key, 'before', ALERTS.before);
  await waitUntil(async () => agent.pushes.size >= ALERTS.before, {
    timeoutMs: DRAIN_MS,
    intervalMs: 200,
  });
  agent.refuse(true);
  accepted.push(...(await ingest(system, key, 'refused', ALERTS.before)));
  await system.extractor.stop();
  accepted.push(...(await ingest(system, key, 'in-flight', ALERTS.inFlight)));

  await postgres('pg_dump', ['--format=custom', `--file=${dump}`, first.databaseUrl]);
  say(`backed up with ${accepted.length} alerts: ${ALERTS.before} pushed, the others in flight`);
  const later = await ingest(system, key, 'after', ALERTS.after);

  await Promise.all(SERVICES.map((name) => system[name].kill()));
  await first.destroy();
  say('the services are killed; the directories of Postgres and RabbitMQ are deleted');

  const second = await startServers('second');
  await postgres('pg_restore', [
    '--no-owner',
    '--exit-on-error',
    `--dbname=${second.databaseUrl}`,
    dump,
  ]);
  agent.refuse(false);
  const restored = await startServices(second, env);
  say('restored, and started again');

  const missing = () => accepted.filter((uuid) => !agent.pushes.has(uuid));
  await waitUntil(async () => missing().length === 0, { timeoutMs: DRAIN_MS, intervalMs: 200 });
  const stored = await call(restored, key, 'GET', '/v1/alerts?page_size=1&include_total=true');
  const again = await ingest(restored, key, 'after', ALERTS.after);
  await waitUntil(async () => again.every((uuid) => agent.pushes.has(uuid)), {
    timeoutMs: DRAIN_MS,
    intervalMs: 200,
  });
  const severalIds = [...agent.pushes].filter(([, ids]) => ids.size > 1);
  await Promise.all(SERVICES.map((name) => restored[name].stop()));

  const results = [
    [
      'accepted before the backup and pushed to the agent',
      accepted.length - missing().length,
      accepted.length,
    ],
    ['stored after the restore', stored.meta.total, accepted.length],
    ['pushed under more than one webhook-id', severalIds.length, 0],
    [
      'of the lost ones, sent again by their sender and pushed',
      again.filter((uuid) => agent.pushes.has(uuid)).length,
      later.length,
    ],
  ];
  for (const [what, measured, wanted] of results) {
    say(`${measured === wanted ? 'ok  ' : 'FAIL'} ${what}: ${measured} of ${wanted}`);
  }
  return results.every(([, measured, wanted]) => measured === wanted);
}

/** A Postgres and a RabbitMQ that know nothing yet. */
async function startServers(name) {
  const data = join(dir, name, 'postgres');
  await mkdir(data, { recursive: true });
  if (asPostgres.owner) {
    for (const path of [dir, join(dir, name), data]) await chown(path, ...asPostgres.owner);
  }
  await postgres('initdb', [
    '--pgdata',
    data,
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--no-sync',
  ]);
  const port = await findFreePort();
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  const stop = () => postgres('pg_ctl', ['stop', '--pgdata', data, '--mode=immediate']);
  await postgres('pg_ctl', [
    'start',
    '--wait',
    '--pgdata',
    data,
    '--log',
    join(data, 'log'),
    '--options',
    settings,
  ]);
  let isUp = true;
  const rabbitmq = await startRabbitmq({ dir: join(dir, name, 'rabbitmq'), say });
  const destroy = async () => {
    if (!isUp) return;
    isUp = false;
    await stop();
    await rabbitmq.stop();
    await rm(join(dir, name), { recursive: true, force: true });
  };
  cleanUps.push(destroy);
  const base = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
  await postgres('createdb', [...base, 'calseta']);
  const databaseUrl = `postgresql://postgres@127.0.0.1:${port}/calseta`;
  return { databaseUrl, amqpUrl: rabbitmq.url, destroy };
}

async function startServices({ databaseUrl, amqpUrl }, env) {
  const started = {};
  for (const name of SERVICES) {
    started[name] = await startServiceProcess({
      name,
      entry: join(root, 'services', name, 'dist', 'main.js'),
      port: await findFreePort(),
      env: { ...env, DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl },
    });
    cleanUps.push(started[name].stop);
  }
  return started;
}

async function call(system, key, method, path, body) {
  const { url } = system[path.startsWith('/v1/ingest') ? 'ingest-api' : 'alerts-api'];
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

async function ingest(system, key, run, count) {
  const uuids = [];
  for (let number = 1; number <= count; number += 1) {
    const { data } = await call(system, key, 'POST', '/v1/ingest/generic', {
      title: `${run} ${number}`,
      severity: 'High',
      occurred_at: new Date().toISOString(),
      native_alert_id: `${run}-${number}`,
      indicators: [{ type: 'domain', value: `${run}-${number}.example.com` }],
    });
    uuids.push(data.alert_uuid);
  }
  return uuids;
}

/** An agent that keeps the webhook-ids of each alert. */
async function startAgent() {
  const pushes = new Map();
  let refuses = false;
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += chunk));
    req.on('end', () => {
      const uuid = JSON.parse(body).data?.alert?.uuid ?? JSON.parse(body).alert?.uuid;
      res.statusCode = refuses ? 503 : 200;
      res.end();
      if (!refuses)
        pushes.set(uuid, (pushes.get(uuid) ?? new Set()).add(req.headers['webhook-id']));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/push`,
    pushes,
    refuse: (value) => (refuses = value),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Postgres does not run as root: then as the user `postgres`, if there is one. */
async function userPrefix() {
  if (process.getuid() !== 0) return { prefix: [] };
  const ids = await Promise.all(
    ['-u', '-g'].map(async (flag) => await run('id', [flag, 'postgres'])),
  );
  if (ids.some(({ code }) => code !== 0)) {
    say(
      'NOT CHECKED: PostgreSQL does not run as root, and there is no user `postgres` (useradd --system postgres)',
    );
    process.exit(NOT_CHECKED);
  }
  const [uid, gid] = ids.map(({ output }) => Number(output));
  return {
    owner: [uid, gid],
    prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
  };
}

async function postgres(program, args) {
  const [command, ...rest] = [...asPostgres.prefix, join(tools.bin, program), ...args];
  const { code, output } = await run(command, rest, { env: tools.env });
  if (code !== 0) throw new Error(`${program} failed:\n${output.trim()}`);
}
