import { type Database, migrate, openDatabase } from '@calseta/database';
import { type PostgresServer, type RabbitmqServer } from '@calseta/local';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'amqplib';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { readText } from './support/compose-file.js';
import { readManifests } from './support/manifests.js';
import { type Cluster, startCluster } from './support/start-cluster.js';

/** The roles and permissions of docs/hardening.md, with which the whole pipeline runs. */
const page = readText('docs/hardening.md');
const [makeRoles = '', grantToKeda = ''] = [...page.matchAll(/```sql\n([^`]*)```/g)].map(
  ([, sql]) => sql,
);
const PERMISSIONS = [...page.matchAll(/^ {2}'(\^.*\$?)'/gm)].map(([, pattern = '']) => pattern);
const DATABASE = 'hardened';
const SOON = { timeoutMs: 60_000 };

let cluster: Cluster;
let sink: AgentSink;
let brokerUrl: string;
const urls: Record<string, string> = {};

async function asRole<T>(url: string, work: (pool: Database['pool']) => Promise<T>): Promise<T> {
  await using database = await openDatabase({
    url,
    applicationName: 'test',
    poolSize: 1,
    statementTimeoutMs: 30_000,
  });
  return await work(database.pool);
}

function urlOf(server: PostgresServer, role?: string): string {
  const url = new URL(server.url);
  url.pathname = `/${DATABASE}`;
  if (role !== undefined) {
    url.username = role;
    url.password = new RegExp(`ROLE ${role} LOGIN PASSWORD '([^']+)'`).exec(makeRoles)?.[1] ?? '';
  }
  return url.href;
}

async function makeDatabase(server: PostgresServer): Promise<void> {
  await asRole(server.url, async (pool) => await pool.query(`CREATE DATABASE ${DATABASE}`));
  await asRole(urlOf(server), async (pool) => await pool.query(makeRoles));
  for (const role of ['calseta_owner', 'calseta', 'calseta_keda']) urls[role] = urlOf(server, role);
  await migrate({ url: urls['calseta_owner']! });
  await asRole(urls['calseta_owner']!, async (pool) => await pool.query(grantToKeda));
}

async function makeBrokerUser({ evaluate, createVhost, port }: RabbitmqServer): Promise<string> {
  await createVhost('calseta');
  expect(PERMISSIONS).toHaveLength(3);
  const [configure, write, read] = PERMISSIONS.map(
    (pattern) => `<<"${pattern.replaceAll('\\', '\\\\')}">>`,
  );
  await evaluate(
    'rabbit_auth_backend_internal:add_user(<<"limited">>, <<"secret">>, <<"test">>), ' +
      'rabbit_auth_backend_internal:set_permissions(' +
      `<<"limited">>, <<"calseta">>, ${configure}, ${write}, ${read}, <<"test">>).`,
  );
  return `amqp://limited:secret@127.0.0.1:${port}/calseta`;
}

beforeAll(async () => {
  cluster = await startCluster({
    async prepare({ postgres, rabbitmq }) {
      await makeDatabase(postgres);
      brokerUrl = await makeBrokerUser(rabbitmq);
      return { DATABASE_URL: urls['calseta']!, AMQP_URL: brokerUrl };
    },
  });
  sink = await startAgentSink(cluster.api);
}, 240_000);
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
}, 300_000);

describe('with the roles and permissions of docs/hardening.md', () => {
  test('an alert goes through all services, and what services ask of each other is answered', async () => {
    const { api } = cluster;
    const agent = await sink.register();
    await configEffective();
    await api.ask('POST', '/v1/ingest/generic', {
      title: 'Least privilege',
      severity: 'High',
      occurred_at: '2026-11-30T10:00:00Z',
      indicators: [{ type: 'ip', value: '198.51.100.7' }],
    });
    await eventually(() => expect(agent.pushes()).toHaveLength(1), SOON);
    const tried = await api.call('POST', `/v1/agents/${agent.uuid}/test`);
    expect(tried.status).toBe(200);
    const looked = await api.call('POST', '/v1/enrichments', {
      body: { type: 'ip', value: '198.51.100.8' },
    });
    expect(looked.status).toBe(200);
    await eventually(async () => {
      const entries = await api.ask<{ action: string }[]>('GET', '/v1/audit');
      expect(entries.map(({ action }) => action)).toContain('agent.created');
    }, SOON);
  });

  test.each([
    'CREATE TABLE theirs (id int)',
    'DROP TABLE alerts',
    'ALTER TABLE alerts ADD COLUMN theirs int',
    'TRUNCATE alerts CASCADE',
    'DROP TRIGGER audit_entries_guard_truncate ON audit_entries',
  ])('the role of the services is refused: %s', async (statement) => {
    await asRole(urls['calseta']!, async (pool) => {
      await expect(pool.query(statement)).rejects.toThrow(/permission denied|must be owner/);
    });
  });

  test('KEDA gets what the chart asks for, and no secret', async () => {
    const queries = readManifests('deploy/kubernetes/autoscaled/calseta.yaml')
      .filter(({ kind }) => kind === 'ScaledObject')
      .flatMap(({ spec }) => (spec as { triggers: { metadata: { query: string } }[] }).triggers)
      .map(({ metadata: { query } }) => query);
    expect(queries).toHaveLength(6);
    await asRole(urls['calseta_keda']!, async (pool) => {
      for (const query of queries) {
        const { rows } = await pool.query<Record<string, unknown>>(query);
        expect(Object.values(rows[0] ?? {}).map(Number)).toEqual([expect.any(Number)]);
      }
      await expect(pool.query('SELECT signing_secret_encrypted FROM agents')).rejects.toThrow(
        'permission denied',
      );
      await expect(pool.query('DELETE FROM alerts')).rejects.toThrow('permission denied');
    });
  });

  test('the user of RabbitMQ uses no queue of others', async () => {
    const connection = await connect(brokerUrl);
    connection.on('error', () => undefined);
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await expect(channel.assertQueue('theirs')).rejects.toThrow('ACCESS_REFUSED');
    await connection.close();
  });
});
