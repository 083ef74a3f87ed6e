import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type RabbitmqServer, findFreePort, startServiceProcess } from '@calseta/local';
import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { configEffective } from './support/agent-sink.js';
import { dumpDatabase, type TableRows } from './support/dump-database.js';
import { createSecretSearch } from './support/secret-search.js';
import { type Cluster, startCluster } from './support/start-cluster.js';
import { SERVICE_NAMES } from './support/start-service.js';

/**
 * Five processes use every secret, each with a distinct value, and every input that could break a log
 * line. Then all their output is searched.
 */

const random = () => randomBytes(24).toString('base64url');
const secrets = createSecretSearch();

function secret(name: string, value: string): string {
  secrets.add(name, value);
  return value;
}

const ADMIN_KEY = secret('bootstrap key', `cai_${random()}`);
const ENCRYPTION_KEY = secret('encryption key', randomBytes(32).toString('base64'));
const OTHER_ENCRYPTION_KEY = secret('other encryption key', randomBytes(32).toString('base64'));
const AMQP_PASSWORD = secret('password of RabbitMQ', random());
const BEARER = secret('auth_header of the first agent', random());
const CHANGED_BEARER = secret('auth_header after a change', random());
const BASIC = secret('auth_header of the second agent', random());
const HMAC_SECRET = secret('HMAC secret that was given', random());

/** Text that an attacker writes where it may be logged. */
const FORGED =
  '\r\n{"timestamp":"2020-01-01T00:00:00.000Z","level":"error","service":"forged","event":"forged"}\n\u2028\u2029\u0085\u001b[2K"}';
/** Present in every place that is searched, which proves that the search covers that place. */
const MARK = `mark-${randomBytes(8).toString('hex')}`;

type FailedStart = { name: string; lines: string[] };
type Answer = { request: string; status: number; text: string; isShowing: boolean };
type CallOptions = {
  body?: unknown;
  key?: string | null;
  headers?: Record<string, string>;
  /** The answer shows a secret intentionally, once. */
  isShowing?: boolean;
};

const logs: string[] = [];
const failedStarts: FailedStart[] = [];
const answers: Answer[] = [];
const metrics: string[] = [];
let dump: TableRows[] = [];
let cluster: Cluster;
let sink: WebhookSink;

async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { body, key = ADMIN_KEY, headers = {}, isShowing = false } = options;
  const response = await fetch(cluster.url + path, {
    method,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const head = JSON.stringify([...response.headers]);
  const text = `${head}\n${await response.text()}`;
  const answer = { request: `${method} ${path}`, status: response.status, text, isShowing };
  answers.push(answer);
  return answer;
}

async function ask<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const { status, text } = await call(method, path, options);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  return (JSON.parse(text.slice(text.indexOf('\n') + 1)) as { data: T }).data;
}

/** A separate user, whose password differs from all others. */
async function createBrokerUser({ evaluate, port }: RabbitmqServer): Promise<string> {
  const all = '<<".*">>';
  await evaluate(
    `rabbit_auth_backend_internal:add_user(<<"calseta">>, <<"${AMQP_PASSWORD}">>, <<"test">>), ` +
      'rabbit_auth_backend_internal:set_permissions(' +
      `<<"calseta">>, <<"/">>, ${all}, ${all}, ${all}, <<"test">>).`,
  );
  return `amqp://calseta:${AMQP_PASSWORD}@127.0.0.1:${port}/%2F`;
}

beforeAll(async () => {
  cluster = await startCluster({
    env: {
      CALSETA_BOOTSTRAP_API_KEY: ADMIN_KEY,
      CALSETA_ENCRYPTION_KEY: ENCRYPTION_KEY,
      LOG_LEVEL: 'debug',
      HTTP_HEADERS_TIMEOUT_MS: '1000',
      AMQP_CONFIRM_TIMEOUT_MS: '1000',
    },
    prepare: async ({ rabbitmq }) => ({ AMQP_URL: await createBrokerUser(rabbitmq) }),
    onLine: (line) => logs.push(line),
  });
  secret('password of Postgres', new URL(cluster.postgres.url).password);
  sink = await startWebhookSink();
  await useEverything();
  await breakEverything();
  await readEverything();
  dump = await dumpDatabase(cluster.postgres.url);
}, 240_000);
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
}, 300_000);

const ALERT = { title: `${MARK} title${FORGED}`, severity: 'High', source_rule_id: FORGED };
const agentIds: string[] = [];

async function createAgent(name: string, authHeader: string): Promise<void> {
  const options = {
    body: { name, webhook_url: `${sink.url}/${name}`, auth_header: authHeader },
    headers: { 'idempotency-key': `agent-${name}` },
    isShowing: true,
  };
  const first = await ask<{ uuid: string; signing_secret: string }>('POST', '/v1/agents', options);
  await ask('POST', '/v1/agents', options);
  secret(`signing secret of ${name}`, first.signing_secret);
  agentIds.push(first.uuid);
}

async function useEverything(): Promise<void> {
  // One agent echoes what it receives; the other fails with it, and with lines that imitate our log.
  sink.respondWith(({ path, headers }) =>
    path === '/first'
      ? { body: `${MARK} ${JSON.stringify(headers)} ${FORGED}` }
      : { status: 500, body: `${FORGED} cannot read ${headers.authorization ?? ''} ${MARK}` },
  );
  await createAgent('first', `Bearer ${BEARER}`);
  await createAgent('second', `Basic ${Buffer.from(`user:${BASIC}`).toString('base64')}`);

  const ingestOnly = { name: 'ingest', scopes: ['alerts:ingest'] };
  const made = await ask<{ id: string; key: string }>('POST', '/v1/api-keys', {
    body: ingestOnly,
    isShowing: true,
  });
  secret('API key', made.key);
  const rotated = await ask<{ key: string }>('POST', `/v1/api-keys/${made.id}/rotate`, {
    isShowing: true,
  });
  secret('API key after rotation', rotated.key);
  const urlToken = await ask<{ token: string }>('POST', '/v1/sources/splunk/url-tokens', {
    isShowing: true,
  });
  secret('URL token', urlToken.token);
  await ask('POST', '/v1/sources/wazuh/hmac-secrets', { body: { secret: HMAC_SECRET } });
  const madeHmac = await ask<{ secret: string }>('POST', '/v1/sources/wazuh/hmac-secrets', {
    isShowing: true,
  });
  secret('HMAC secret that was made', madeHmac.secret);
  await configEffective();

  await ask('POST', '/v1/ingest/generic', { body: ALERT, key: rotated.key });
  const tokenPath = `/v1/ingest/splunk/${urlToken.token}`;
  const result = { search_name: 'a search', result: { src_ip: '198.51.100.7' } };
  await ask('POST', tokenPath, { body: result, key: null });
  const signed = JSON.stringify({ rule: { description: 'signed', level: 3 }, id: '1' });
  for (const signer of [HMAC_SECRET, 'another']) {
    const time = Math.floor(Date.now() / 1_000);
    const digest = createHmac('sha256', signer).update(`${time}.${signed}`).digest('hex');
    const headers = { 'x-calseta-signature': `t=${time},v1=${digest}` };
    await call('POST', '/v1/ingest/wazuh', { body: signed, headers });
  }
  for (const id of agentIds) await call('POST', `/v1/agents/${id}/test`);
  await call('POST', '/v1/sources/test', { body: { source_name: 'splunk', payload: result } });
  await call('POST', '/v1/indicator-mappings/test', {
    body: { source_name: 'splunk', payload: result },
  });
  await call('POST', '/v1/enrichments', { body: { type: 'ip', value: '198.51.100.7' } });
  await refuse(tokenPath, urlToken.token, made.key);
  await eventually(() => {
    for (const path of ['/first', '/second']) {
      expect(sink.requests.filter((request) => request.path === path).length).toBeGreaterThan(2);
    }
  });
  // From here on the first agent has another header, and the second is gone.
  await ask('PATCH', `/v1/agents/${agentIds[0]}`, {
    body: { auth_header: `Bearer ${CHANGED_BEARER}` },
  });
  // At another origin, its secrets have to be set again.
  const moved = await ask<{ signing_secret: string }>('PATCH', `/v1/agents/${agentIds[1]}`, {
    isShowing: true,
    body: {
      webhook_url: `http://127.0.0.1:${await findFreePort()}/gone`,
      auth_header: `Bearer ${CHANGED_BEARER}`,
    },
  });
  secret('signing secret after a move', moved.signing_secret);
  await configEffective();
  for (const id of agentIds) await call('POST', `/v1/agents/${id}/test`);
}

/** Keys in wrong places, refused requests that contain a secret, and line breaks in all logged fields. */
async function refuse(tokenPath: string, token: string, oldKey: string): Promise<void> {
  const wrongKey = secret('a key that nobody has', `cai_${random()}`);
  const misplaced = secret('a secret in a wrong place', random());
  const expectRefusal = async (method: string, path: string, options: CallOptions = {}) => {
    const { status } = await call(method, path, options);
    expect([path, status >= 400 && status < 500]).toEqual([path, true]);
  };
  await expectRefusal('GET', '/v1/alerts', { key: wrongKey });
  await expectRefusal('GET', '/v1/alerts', { key: token });
  await expectRefusal('GET', '/v1/alerts', { key: null, headers: { authorization: ADMIN_KEY } });
  await expectRefusal('GET', '/v1/alerts', {
    key: null,
    headers: {
      authorization: `Basic ${misplaced}`,
      'x-api-key': misplaced,
      cookie: `s=${misplaced}`,
    },
  });
  await expectRefusal('GET', `/v1/alerts?api_key=${misplaced}&page_size=x`);
  await expectRefusal('GET', `/v1/alerts?cursor=${ADMIN_KEY}`);
  for (const path of [
    tokenPath.replace('splunk', 'elastic'),
    tokenPath.replace('splunk', 'no-such-source'),
    tokenPath.replace('ingest', 'ingests'),
    `${tokenPath}/more`,
    `/${token}`,
    `/v1/alerts/${token}`,
    `/v1/ingest/${encodeURIComponent(FORGED)}`,
    `/v1/ingest/splunk/${wrongKey}`,
    `/v1/${encodeURIComponent(FORGED)}?${encodeURIComponent(FORGED)}`,
  ]) {
    await expectRefusal('POST', path, { key: null, body: ALERT });
  }
  await expectRefusal('PUT', tokenPath, { key: null, body: ALERT });
  await expectRefusal('POST', tokenPath, { key: null, body: '{"title": "cut off", ' });
  await expectRefusal('POST', '/v1/ingest/generic', {
    key: oldKey,
    body: { title: 1, [FORGED]: FORGED },
  });

  const agent = { name: 'refused', webhook_url: `${sink.url}/refused` };
  const badAgents = [
    { ...agent, auth_header: `Bearer ${misplaced}\n` },
    { ...agent, auth_header: [misplaced] },
    { ...agent, [misplaced.toLowerCase().slice(0, 3)]: misplaced },
    { ...agent, webhook_url: `http://user:${misplaced}@127.0.0.1/` },
    { ...agent, webhook_url: `ftp://user:${misplaced}@127.0.0.1/` },
    { ...agent, trigger_filter: { min_severity: misplaced } },
  ];
  for (const body of badAgents) await expectRefusal('POST', '/v1/agents', { body });
  await expectRefusal('POST', '/v1/agents', { body: `{"auth_header": "${misplaced}", }` });
  await expectRefusal('POST', '/v1/sources/wazuh/hmac-secrets', {
    body: { secret: misplaced.repeat(20) },
  });
  await expectRefusal('POST', '/v1/agents', {
    body: { ...agent, auth_header: `Bearer ${misplaced}` },
    headers: { 'idempotency-key': 'agent-first' },
  });
  const odd = {
    'x-request-id': '{"a":1}',
    'user-agent': '\u0085{"level":"error"}',
    traceparent: '"}',
  };
  await expectRefusal('GET', '/v1/nothing', { headers: { ...odd, 'x-forwarded-for': '"}\u0085' } });
}

async function breakEverything(): Promise<void> {
  await cluster.rabbitmq.kill();
  await ask('POST', '/v1/ingest/generic', { body: { title: 'The broker is away' } });
  const pushed = await call('POST', `/v1/agents/${agentIds[0]}/test`);
  expect(pushed.status).toBeGreaterThanOrEqual(500);
  await cluster.rabbitmq.restart();

  await cluster.postgres.kill();
  expect((await call('POST', '/v1/ingest/generic', { body: ALERT })).status).toBe(503);
  expect((await call('GET', '/v1/agents')).status).toBe(503);
  await cluster.postgres.restart();
  await eventually(async () => expect((await fetch(`${cluster.url}/readyz`)).status).toBe(200), {
    timeoutMs: 40_000,
  });

  const { DATABASE_URL, AMQP_URL, badPassword } = badUrls();
  const good = { DATABASE_URL: cluster.postgres.url, AMQP_URL: cluster.rabbitmq.url };
  const starts: [string, 'ingest-api' | 'alerts-api', NodeJS.ProcessEnv][] = [
    ['URLs of something else', 'ingest-api', { DATABASE_URL: `mysql://u:${badPassword}@h`, AMQP_URL: `ftp://u:${badPassword}@h` }],
    ['URLs that are none', 'ingest-api', { DATABASE_URL: badPassword, AMQP_URL: `amqp://${badPassword}:${badPassword}` }],
    ['a key that is none', 'alerts-api', { ...good, CALSETA_ENCRYPTION_KEY: badPassword, CALSETA_BOOTSTRAP_API_KEY: badPassword, HTTP_PORT: badPassword }],
    ['a wrong password of Postgres', 'ingest-api', { ...good, DATABASE_URL }],
    ['a wrong password of RabbitMQ', 'ingest-api', { ...good, AMQP_URL }],
  ]; // prettier-ignore
  for (const [name, service, env] of starts)
    failedStarts.push(await startInVain(name, service, env));

  // A dispatcher that cannot decrypt what the others stored.
  const stranger = await startServiceProcess({
    name: 'dispatcher',
    entry: entryOf('dispatcher'),
    port: await findFreePort(),
    env: { ...good, CALSETA_ENCRYPTION_KEY: OTHER_ENCRYPTION_KEY, CALSETA_EGRESS_ALLOW: '127.0.0.0/8', LOG_LEVEL: 'debug' },
    onLine: (line) => logs.push(line),
  }); // prettier-ignore
  await eventually(() => expect(logs.join('\n')).toMatch(/"event":"agent\.[a-z_]*unreadable/));
  await stranger.stop();
}

function badUrls() {
  const badPassword = secret('a wrong password', random());
  const withPassword = (text: string) =>
    Object.assign(new URL(text), { password: badPassword }).href;
  return {
    badPassword,
    DATABASE_URL: withPassword(cluster.postgres.url),
    AMQP_URL: withPassword(cluster.rabbitmq.url),
  };
}

const entryOf = (service: string) =>
  fileURLToPath(new URL(`../services/${service}/dist/main.js`, import.meta.url));

/** Long enough for a process to report what is wrong. */
const START_MS = 6_000;

async function startInVain(
  name: string,
  service: string,
  env: NodeJS.ProcessEnv,
): Promise<FailedStart> {
  const child = spawn(process.execPath, [entryOf(service)], {
    env: {
      PATH: process.env['PATH'],
      HTTP_PORT: '0',
      CALSETA_ENCRYPTION_KEY: ENCRYPTION_KEY,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: START_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  await new Promise((resolve) => child.once('close', resolve));
  return { name, lines: output.split('\n').filter((line) => line !== '') };
}

async function readEverything(): Promise<void> {
  const lists = ['alerts', 'agents', 'api-keys', 'deliveries', 'sources', 'indicators', 'indicator-mappings', 'threat-lists', 'enrichment-providers', 'detection-rules', 'context-documents', 'workflows', 'workflow-runs', 'secrets', 'sources/splunk/url-tokens']; // prettier-ignore
  for (const list of lists) await ask('GET', `/v1/${list}?page_size=100`);
  const alerts = await ask<{ uuid: string }[]>('GET', '/v1/alerts');
  for (const { uuid } of alerts) {
    for (const part of [
      '',
      '/activity',
      '/deliveries',
      '/indicators',
      '/comments',
      '/relationship-graph',
    ]) {
      await ask('GET', `/v1/alerts/${uuid}${part}`);
    }
  }
  for (const { uuid } of await ask<{ uuid: string }[]>(
    'GET',
    '/v1/enrichment-providers?page_size=100',
  ))
    await ask('GET', `/v1/enrichment-providers/${uuid}/versions`);
  for (const id of agentIds) await ask('GET', `/v1/agents/${id}`);
  await ask('GET', '/v1/sources/wazuh');
  for (const path of ['/docs', '/openapi.json', '/llms.txt'])
    await call('GET', path, { key: null });
  for (const { process } of cluster.members) {
    metrics.push(await (await fetch(`${process.url}/metrics`)).text());
  }
}

const seenIn = (texts: readonly string[]): string[] => [
  ...new Set(
    texts.flatMap((text) => secrets.findIn(text).map((name) => `${name}: ${text.slice(0, 2_000)}`)),
  ),
];

describe('the search', () => {
  test('knows each secret by the place where it belongs', () => {
    const shown = answers
      .filter(({ isShowing }) => isShowing)
      .flatMap(({ text }) => secrets.findIn(text));
    const sent = sink.requests.flatMap(({ headers }) => secrets.findIn(JSON.stringify(headers)));
    expect([...new Set(shown)].sort()).toEqual([
      'API key',
      'API key after rotation',
      'HMAC secret that was made',
      'URL token',
      'signing secret after a move',
      'signing secret of first',
      'signing secret of second',
    ]);
    expect([...new Set(sent)].sort()).toEqual([
      'auth_header after a change',
      'auth_header of the first agent',
      'auth_header of the second agent',
    ]);
  });

  test.each<[string, (text: string) => string]>([
    ['as it is', (text) => text],
    ['in lower case', (text) => text.toLowerCase()],
    ['in a URL', encodeURIComponent],
    ['in hexadecimal', (text) => `\\x00${Buffer.from(text).toString('hex')}00`],
    ['in base64', (text) => Buffer.from(`user:${text}!`).toString('base64')],
    ['in base64 for URLs', (text) => Buffer.from(`{"a":"${text}"}`).toString('base64url')],
  ])('finds a secret %s', (_how, spell) => {
    expect(secrets.findIn(`before ${spell(`x${BEARER}x`)} after`)).toEqual([
      'auth_header of the first agent',
    ]);
  });

  test('has everything to look through', () => {
    const events = new Set(logs.map((line) => (JSON.parse(line) as { event: string }).event));
    for (const event of [
      'service.started',
      'http.request',
      'message.handled',
      'delivery.attempted',
    ]) {
      expect(events).toContain(event);
    }
    expect(dump.length).toBeGreaterThan(20);
    const rowsOf = (name: string) => dump.find(({ table }) => table === name)?.rows ?? [];
    for (const table of ['agents', 'api_keys', 'idempotency_records', 'deliveries']) {
      expect(rowsOf(table)).not.toEqual([]);
    }
    expect(rowsOf('alerts').join()).toContain(MARK);
    expect(rowsOf('delivery_attempts').join()).toContain(MARK);
    expect(answers.filter(({ status }) => status >= 400).length).toBeGreaterThan(25);
    expect(metrics).toHaveLength(SERVICE_NAMES.length);
    expect(failedStarts.map(({ lines }) => lines.length > 0)).toEqual(failedStarts.map(() => true));
    const said = failedStarts.flatMap(({ lines }) => lines).join();
    for (const name of ['DATABASE_URL', 'AMQP_URL', 'CALSETA_ENCRYPTION_KEY', 'HTTP_PORT']) {
      expect(said).toContain(name);
    }
  });
});

describe('no secret is in', () => {
  test('the logs', () => expect(seenIn(logs)).toEqual([]));

  test('what a process says that cannot start', () => {
    expect(seenIn(failedStarts.flatMap(({ lines }) => lines))).toEqual([]);
  });

  test('the database', () => {
    expect(seenIn(dump.flatMap(({ table, rows }) => rows.map((row) => `${table} ${row}`)))).toEqual(
      [],
    );
  });

  test('what an agent answered to its own secret', () => {
    const { rows } = dump.find(({ table }) => table === 'delivery_attempts')!;
    const kept = rows.filter((row) => row.includes(MARK));
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.filter((row) => !row.includes('[redacted]'))).toEqual([]);
  });

  test('an answer that does not show it on purpose', () => {
    const quiet = answers.filter(({ isShowing }) => !isShowing);
    expect(seenIn(quiet.map(({ text }) => text))).toEqual([]);
  });

  test('the metrics', () => expect(seenIn(metrics)).toEqual([]));

  test('the body of a push', () => {
    const bodies = sink.requests.map(({ body }) => body);
    expect(bodies.join()).toContain(MARK);
    expect(seenIn(bodies)).toEqual([]);
  });
});

describe('every line that a process writes', () => {
  test('is one JSON object of ours, whatever was in titles, paths, headers and answers', () => {
    const names: string[] = [...SERVICE_NAMES];
    const lines = [...logs, ...failedStarts.flatMap(({ lines }) => lines)];
    for (const line of lines) {
      const entry = JSON.parse(line) as Record<string, unknown>;
      expect(entry).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: expect.stringMatching(/^(?:debug|info|warn|error)$/),
        event: expect.not.stringContaining('forged'),
      });
      expect(names).toContain(entry['service']);
      // eslint-disable-next-line no-control-regex -- none of these may reach a terminal
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    }
  });
});

describe('a client that never ends its headers', () => {
  test.each(SERVICE_NAMES)('is cut off by %s', async (name) => {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(cluster.named(name)[0]!.port, '127.0.0.1', () => {
        socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      });
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.once('close', () => resolve(text));
    });
    expect(answer).toContain('HTTP/1.1 408 ');
  });
});
