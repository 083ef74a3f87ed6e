import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseConfig, databaseOptions, migrate, openDatabase } from '@calseta/database';
import { findFreePort, startPostgres, startRabbitmq } from '@calseta/local';
import { connectRabbitmq, rabbitmqConfig, rabbitmqOptions } from '@calseta/messaging';
import { createTelemetry, loadConfig } from '@calseta/platform';
import { eventually, TEST_TLS } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { captureLogs } from './support/captured-logs.js';

let dir: string;
const files: Record<string, string> = {};
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'calseta-tls-'));
  const { authority, server, client } = TEST_TLS;
  const texts = {
    'ca.crt': authority,
    'server.crt': server.cert,
    'server.key': server.key,
    'client.crt': client.cert,
    'client.key': client.key,
  };
  for (const [name, text] of Object.entries(texts)) {
    files[name] = join(dir, name);
    await writeFile(files[name], `${text}\n`, { mode: 0o600 });
  }
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

const logs = captureLogs();
const telemetry = () =>
  createTelemetry({ service: 'test', logLevel: 'info', stream: logs.stream() });

describe('Postgres over TLS, with a private authority and client certificates', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;

  beforeAll(async () => {
    const dataDir = join(dir, 'postgres');
    server = await startPostgres({ dataDir, persistent: false });
    await migrate({ url: server.url });
    // The server owns its files, and from here on takes connections with a client certificate only.
    const { uid, gid } = await stat(dataDir);
    for (const name of ['ca.crt', 'server.crt', 'server.key']) {
      await writeFile(join(dataDir, name), `${textOf(name)}\n`, { mode: 0o600 });
      await chown(join(dataDir, name), uid, gid);
    }
    await writeFile(
      join(dataDir, 'pg_hba.conf'),
      'hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n',
    );
    const given = loadConfig(databaseConfig, { DATABASE_URL: server.url });
    await using admin = await openDatabase(databaseOptions(given, 'admin'));
    const settings = {
      ssl_ca_file: 'ca.crt',
      ssl_cert_file: 'server.crt',
      ssl_key_file: 'server.key',
      ssl: 'on',
    };
    for (const [name, value] of Object.entries(settings)) {
      await admin.query(`ALTER SYSTEM SET ${name} = '${value}'`, []);
    }
    await admin.query('SELECT pg_reload_conf()', []);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const textOf = (name: string): string =>
    ({
      'ca.crt': TEST_TLS.authority,
      'server.crt': TEST_TLS.server.cert,
      'server.key': TEST_TLS.server.key,
    })[name] ?? '';

  /** Resolves with the version of TLS that the connection has. */
  const connect = async (variables: NodeJS.ProcessEnv, mode?: string): Promise<string> => {
    const url = new URL(server.url);
    if (mode !== undefined) url.searchParams.set('sslmode', mode);
    const config = loadConfig(databaseConfig, { DATABASE_URL: url.href, ...variables });
    await using database = await openDatabase(databaseOptions(config, 'test', telemetry()));
    const { rows } = await database.query<{ version: string | null }>(
      'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      [],
    );
    return rows[0]?.version ?? 'plain';
  };
  const own = () => ({
    DATABASE_CA_FILE: files['ca.crt'],
    DATABASE_CERT_FILE: files['client.crt'],
    DATABASE_KEY_FILE: files['client.key'],
  });

  test.each([undefined, 'require', 'verify-ca', 'verify-full', 'no-verify'])(
    'connects with sslmode=%s',
    async (mode) => {
      await eventually(async () => {
        expect(await connect(own(), mode)).toBe('TLSv1.3');
      });
    },
  );

  test('refuses a server whose authority it does not know', async () => {
    await expect(connect({ ...own(), DATABASE_CA_FILE: '' }, 'verify-full')).rejects.toThrow();
  });

  test('is refused without a client certificate, and without TLS', async () => {
    await expect(connect({ DATABASE_CA_FILE: files['ca.crt'] })).rejects.toThrow();
    await expect(connect(own(), 'disable')).rejects.toThrow();
  });

  test('migrates over TLS too', async () => {
    const { authority: ca, client } = TEST_TLS;
    expect(await migrate({ url: server.url, tls: { ca, ...client } })).toEqual([]);
  });
});

describe('RabbitMQ over TLS, with a private authority and client certificates', () => {
  let server: Awaited<ReturnType<typeof startRabbitmq>>;
  let url: string;

  beforeAll(async () => {
    const port = await findFreePort();
    server = await startRabbitmq({
      dir: join(dir, 'rabbitmq'),
      settings: [
        `listeners.ssl.1 = 127.0.0.1:${port}`,
        `ssl_options.cacertfile = ${files['ca.crt']}`,
        `ssl_options.certfile = ${files['server.crt']}`,
        `ssl_options.keyfile = ${files['server.key']}`,
        'ssl_options.verify = verify_peer',
        'ssl_options.fail_if_no_peer_cert = true',
      ],
    });
    url = `amqps://guest:guest@127.0.0.1:${port}/`;
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const connect = async (variables: NodeJS.ProcessEnv): Promise<boolean> => {
    const config = loadConfig(rabbitmqConfig, { AMQP_URL: url, ...variables });
    await using transport = await connectRabbitmq(rabbitmqOptions(config, 'test', telemetry()));
    return transport.isReady();
  };
  const own = () => ({
    AMQP_CA_FILE: files['ca.crt'],
    AMQP_CERT_FILE: files['client.crt'],
    AMQP_KEY_FILE: files['client.key'],
  });

  test('connects', async () => {
    expect(await connect(own())).toBe(true);
  });

  test('does not connect to a server whose authority it does not know', async () => {
    expect(await connect({ ...own(), AMQP_CA_FILE: '' })).toBe(false);
    expect(logs.lines().some(({ event }) => event === 'amqp.broker_lost')).toBe(true);
  });

  test('is refused without a client certificate', async () => {
    expect(await connect({ AMQP_CA_FILE: files['ca.crt'] })).toBe(false);
  });

  test('says that files of TLS need amqps', async () => {
    await expect(connect({ ...own(), AMQP_URL: 'amqp://guest:guest@127.0.0.1/' })).rejects.toThrow(
      'amqps://',
    );
  });
});
