import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Database, openDatabase } from '@calseta/database';
import { encryptionKey } from '@calseta/platform';
import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type AgentSink,
  type SinkAgent,
  configEffective,
  startAgentSink,
} from './support/agent-sink.js';
import { dumpDatabase } from './support/dump-database.js';
import { type Cluster, startCluster } from './support/start-cluster.js';
import { type ServiceName } from './support/start-service.js';

/**
 * The steps of "Rotating the encryption key" in docs/runbook.md, on running services that use secrets of agents, of a source and
 * of a provider all the time. The command that encrypts anew is killed half way, and started again.
 */

const OLD = randomBytes(32);
const NEW = randomBytes(32);
const keys = (...some: Buffer[]) => some.map((key) => key.toString('base64')).join(',');
const AUTH_HEADER = `Bearer ${randomBytes(24).toString('hex')}`;
const VENDOR_KEY = randomBytes(32).toString('hex');
/** Others, whose secrets make the command's work longer; they are sent nothing. */
const IDLE_AGENTS = 12;
/** Those that read or write secrets, as the runbook names them. */
const WITH_SECRETS: ServiceName[] = ['ingest-api', 'enricher', 'dispatcher', 'alerts-api'];
const COMMAND = fileURLToPath(
  new URL('../services/alerts-api/dist/reencrypt-command.js', import.meta.url),
);
const SOON = { timeoutMs: 60_000 };

let cluster: Cluster;
let database: Database;
let sink: AgentSink;
let vendor: WebhookSink;
let agent: SinkAgent;
let hmacSecret: string;
let sent = 0;

beforeAll(async () => {
  vendor = await startWebhookSink();
  const verdict = { data: { attributes: { last_analysis_stats: { malicious: 9, harmless: 60 } } } };
  vendor.respondWith({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(verdict),
  });
  cluster = await startCluster({
    env: { CALSETA_ENCRYPTION_KEY: keys(OLD), VIRUSTOTAL_BASE_URL: vendor.url },
  });
  database = await openDatabase({
    url: cluster.postgres.url,
    applicationName: 'test',
    poolSize: 2,
    statementTimeoutMs: 30_000,
  });
  const { api } = cluster;
  sink = await startAgentSink(api);
  agent = await sink.register({ authHeader: AUTH_HEADER });
  for (let index = 0; index < IDLE_AGENTS; index += 1) {
    await api.ask('POST', '/v1/agents', {
      name: `idle-${index}`,
      webhook_url: sink.sink.url,
      auth_header: `Bearer idle-${index}`,
      headers: { 'x-tenant': `tenant-${index}` },
      is_active: false,
    });
  }
  ({ secret: hmacSecret } = await api.ask<{ secret: string }>(
    'POST',
    '/v1/sources/wazuh/hmac-secrets',
  ));
  const { rows } = await database.query<{ id: string }>(
    `SELECT id FROM enrichment_providers WHERE name = 'virustotal'`,
  );
  await api.ask('PATCH', `/v1/enrichment-providers/${rows[0]!.id}`, {
    credentials: { api_key: VENDOR_KEY },
    quotas: [{ limit: 10_000, window_seconds: 60 }],
  });
  await api.ask('POST', '/v1/secrets', {
    name: 'of_a_workflow',
    value: 'a-secret-of-a-workflow',
    allowed_origins: ['https://example.com'],
  });
  await configEffective();
}, 240_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await vendor.close();
}, 300_000);

/** Sends a signed alert about an address that nobody has asked about, and waits until every secret has been used for it. */
async function useSecrets(): Promise<void> {
  sent += 1;
  const address = `45.155.2.${sent}`;
  const text = JSON.stringify({
    id: `alert-${sent}`,
    rule: { description: `Signed ${sent}`, level: 12 },
    data: { srcip: address },
  });
  const time = Math.floor(Date.now() / 1_000);
  const digest = createHmac('sha256', hmacSecret).update(`${time}.${text}`).digest('hex');
  const { status } = await cluster.api.call('POST', '/v1/ingest/wazuh', {
    body: text,
    headers: { 'x-calseta-signature': `t=${time},v1=${digest}` },
  });
  expect(status).toBe(202);
  await eventually(() => {
    // Reading them verifies their signatures.
    const pushes = agent.pushes();
    expect(new Set(pushes.map(({ webhookId }) => webhookId)).size).toBe(sent);
    expect(pushes).toHaveLength(sent);
    const headers = pushes.map(({ request }) => request.headers.authorization);
    expect(new Set(headers)).toEqual(new Set([AUTH_HEADER]));
    const asked = vendor.requests.filter(({ path }) => path.endsWith(address));
    expect(asked.map(({ headers: of }) => of['x-apikey'])).toEqual([VENDOR_KEY]);
  }, SOON);
}

async function restartWith(key: string): Promise<void> {
  cluster.env['CALSETA_ENCRYPTION_KEY'] = key;
  const members = cluster.named(...WITH_SECRETS);
  const ends = await Promise.all(members.map(async (member) => await member.stopAndRestart()));
  expect(ends).toEqual(members.map(() => 'code 0'));
  await eventually(async () => {
    const { status } = await fetch(`${cluster.url}/readyz`);
    expect(status).toBe(200);
  }, SOON);
}

type Line = { event: string; column?: string; changed?: number; unreadable?: number };

function reencrypt(): { child: ChildProcess; ended: Promise<{ end: unknown; lines: Line[] }> } {
  const child = spawn(process.execPath, [COMMAND], {
    env: { ...process.env, ...cluster.env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => ({
    end: code ?? signal,
    lines: output
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line),
  }));
  return { child, ended };
}

/** Secrets of agents under each key, as [old, new]. */
async function countSecrets(): Promise<[number, number]> {
  const of = (key: Buffer) =>
    `count(*) FILTER (WHERE auth_header_encrypted LIKE 'v1:${encryptionKey(key).id}:%')::int`;
  const { rows } = await database.query<{ old: number; new: number }>(
    `SELECT ${of(OLD)} AS old, ${of(NEW)} AS new FROM agents`,
  );
  return [rows[0]!.old, rows[0]!.new];
}

/** Lets the command come to a row in the middle of its work, and kills it there. */
async function killHalfWay(): Promise<void> {
  const holder = await database.pool.connect();
  try {
    await holder.query('BEGIN');
    const { rowCount } = await holder.query(
      `SELECT FROM agents WHERE id = (
         SELECT id FROM agents WHERE NOT is_active ORDER BY auth_header_encrypted OFFSET ${IDLE_AGENTS / 2} LIMIT 1
       ) FOR UPDATE`,
    );
    expect(rowCount).toBe(1);
    const { child, ended } = reencrypt();
    await eventually(async () => {
      const { rowCount: blocked } = await database.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'calseta-reencrypt' AND wait_event_type = 'Lock'`,
      );
      expect(blocked).toBe(1);
    }, SOON);
    // Half of the secrets have one key, half the other: the services read both.
    await useSecrets();
    child.kill('SIGKILL');
    expect((await ended).end).toBe('SIGKILL');
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
  await eventually(async () => {
    const { rowCount } = await database.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'calseta-reencrypt'`,
    );
    expect(rowCount).toBe(0);
  }, SOON);
}

test('the key is rotated while every secret is in use, by a command that is killed and started again', async () => {
  await useSecrets();
  await restartWith(keys(OLD, NEW));
  await useSecrets();
  await restartWith(keys(NEW, OLD));
  await useSecrets();
  expect(await countSecrets()).toEqual([IDLE_AGENTS + 1, 0]);

  await killHalfWay();
  const [old, renewed] = await countSecrets();
  expect(old).toBeGreaterThan(0);
  expect(renewed).toBeGreaterThan(0);
  await useSecrets();

  const { ended } = reencrypt();
  await useSecrets();
  const { end, lines } = await ended;
  expect(end).toBe(0);
  expect(lines.at(-1)).toMatchObject({ event: 'secrets.done', unreadable: 0 });
  const changed = lines.find(({ column }) => column === 'agents.auth_header_encrypted')?.changed;
  expect(changed).toBe(old);
  expect(await countSecrets()).toEqual([0, IDLE_AGENTS + 1]);

  const again = await reencrypt().ended;
  expect(again.end).toBe(0);
  const columns = again.lines.filter(({ column }) => column !== undefined);
  expect(columns.length).toBeGreaterThan(5);
  expect(columns.filter((line) => line.changed !== 0)).toEqual([]);

  const mark = `v1:${encryptionKey(OLD).id}:`;
  const left = (await dumpDatabase(cluster.postgres.url)).filter(({ rows }) =>
    rows.some((row) => row.includes(mark)),
  );
  expect(left.map(({ table }) => table)).toEqual([]);
  await restartWith(keys(NEW));
  await useSecrets();
}, 400_000);
