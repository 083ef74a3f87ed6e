import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { problemSchema } from '@calseta/common';
import { databaseConfig } from '@calseta/database';
import { ERROR_STATUS, loadConfig, problemType, readLessThan } from '@calseta/platform';
import { POSTGRES_IMAGE, RABBITMQ_IMAGE } from '@calseta/testing';
import { describe, expect, test } from '@jest/globals';
import { interpolate, readCompose, readText } from './support/compose-file.js';
import { KNOWN_VARIABLES, SERVICE_SHAPES, stopMs } from './support/service-shapes.js';
import { SERVICE_NAMES, type ServiceName } from './support/start-service.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');
const LISTENERS: readonly ServiceName[] = ['ingest-api', 'alerts-api'];

describe('limits that belong together', () => {
  test.each(SERVICE_NAMES)('of %s name variables that it reads', (name) => {
    const shape = SERVICE_SHAPES[name];
    const named = Object.values(shape).flatMap((schema) => {
      const relation = readLessThan(schema);
      return relation ? [relation.variable, relation.with ?? relation.variable] : [];
    });
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((variable) => !(variable in shape))).toEqual([]);
  });

  test.each([
    ['dispatcher', 'DELIVERY_DRAIN_MS', 'SHUTDOWN_DEADLINE_MS'],
    ['dispatcher', 'DELIVERY_POLL_INTERVAL_MS', 'DELIVERY_LEASE_MS'],
    ['enricher', 'ENRICHMENT_DEADLINE_MS', 'SHUTDOWN_DEADLINE_MS'],
    ['ingest-api', 'AMQP_CONFIRM_TIMEOUT_MS', 'SHUTDOWN_DEADLINE_MS'],
    ['alerts-api', 'HTTP_HEADERS_TIMEOUT_MS', 'HTTP_REQUEST_TIMEOUT_MS'],
    ['extractor', 'SHUTDOWN_UNREADY_MS', 'SHUTDOWN_DEADLINE_MS'],
  ] as const)('of %s: %s does not exceed %s', (name, variable, limit) => {
    const environment = {
      DATABASE_URL: 'postgresql://u:p@h/d',
      AMQP_URL: 'amqp://u:p@h',
      [variable]: '20000',
      [limit]: '10000',
    };
    const complaint = new RegExp(`^  ${variable}: 20000 .*${limit} \\(10000\\)$`, 'm');
    expect(() => loadConfig(SERVICE_SHAPES[name], environment)).toThrow(complaint);
    expect(() =>
      loadConfig(SERVICE_SHAPES[name], { ...environment, [limit]: '60000' }),
    ).not.toThrow();
  });
});

describe('docker-compose.yml', () => {
  const { services, volumes } = readCompose();
  const own = SERVICE_NAMES.map((name) => [name, services[name]!] as const);
  const setIn = (name: string, dotEnv: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [
        key,
        interpolate(value, dotEnv),
      ]),
    );
  const environmentOf = (name: string, dotEnv: Record<string, string>) => ({
    ...(services[name]?.env_file && dotEnv),
    ...setIn(name, dotEnv),
  });

  test('runs the five services, the gateway, the migration and the two servers', () => {
    expect(Object.keys(services).sort()).toEqual(
      [...SERVICE_NAMES, 'gateway', 'migrate', 'postgres', 'rabbitmq'].sort(),
    );
  });

  test('runs the servers that the tests run against', () => {
    expect(services['postgres']!.image).toBe(POSTGRES_IMAGE);
    expect(services['rabbitmq']!.image).toBe(RABBITMQ_IMAGE);
  });

  test.each(own)('builds %s from the one Dockerfile, confined', (name, service) => {
    expect(service).toMatchObject({
      image: `calseta/${name}`,
      build: { context: '.', dockerfile: 'deploy/Dockerfile', args: { SERVICE: name } },
      restart: 'unless-stopped',
      read_only: true,
      cap_drop: ['ALL'],
    });
  });

  test.each(own)('lets %s end in order before it is killed', (name, service) => {
    const [, seconds] = /^(\d+)s$/.exec(service.stop_grace_period ?? '') ?? [];
    const environment = setIn(name, { CALSETA_ENCRYPTION_KEY: ENCRYPTION_KEY });
    expect(Number(seconds) * 1_000).toBeGreaterThan(stopMs(environment));
  });

  test.each(own)('starts %s after the migration and the broker', (_, service) => {
    expect(service.depends_on).toEqual({
      migrate: { condition: 'service_completed_successfully' },
      rabbitmq: { condition: 'service_healthy' },
    });
  });

  test('migrates once Postgres answers, and never again', () => {
    const migrate = services['migrate']!;
    expect(migrate).toMatchObject({
      image: 'calseta/alerts-api',
      restart: 'no',
      depends_on: { postgres: { condition: 'service_healthy' } },
    });
    const [program, path] = migrate.command!;
    expect(program).toBe('node');
    expect(existsSync(root + path!.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))).toBe(true);
    expect(loadConfig(databaseConfig, environmentOf('migrate', {})).DATABASE_URL).toContain(
      '@postgres:5432/',
    );
  });

  test.each(['postgres', 'rabbitmq', 'gateway'])('asks %s whether it is well', (name) => {
    expect(services[name]!.healthcheck!.test!.length).toBeGreaterThan(1);
  });

  test('keeps the data of both servers in volumes', () => {
    expect(services['postgres']!.volumes).toEqual(['postgres:/var/lib/postgresql']);
    expect(services['rabbitmq']!.volumes).toEqual(['rabbitmq:/var/lib/rabbitmq']);
    expect(Object.keys(volumes).sort()).toEqual(['postgres', 'rabbitmq']);
  });

  test('shows the gateway alone to the outside, on 8000 unless told otherwise', () => {
    const { gateway, ...hidden } = services;
    expect(gateway!.ports!.map((port) => interpolate(port, {}))).toEqual(['8000:8080']);
    expect(interpolate(gateway!.ports![0]!, { HTTP_PORT: '9000' })).toBe('9000:8080');
    for (const [name, { ports }] of Object.entries(hidden))
      expect([name, ports]).toEqual([name, undefined]);
    for (const name of LISTENERS) {
      expect(gateway!.depends_on).toMatchObject({ [name]: { condition: 'service_healthy' } });
    }
    const [mounted] = gateway!.volumes!;
    const configuration = readText(mounted!.split(':')[0]!);
    expect(configuration).toContain('listen 8080;');
    // nginx resolves a name in a variable again while it runs (compose-gateway).
    for (const name of LISTENERS) {
      expect(configuration).toContain(`set $${name.replace('-', '_')} ${name}:8000;`);
    }
    // Paths contain URL tokens: neither log may show them.
    const logs = configuration.match(/^ *(?:access|error)_log .*;$/gm)?.map((line) => line.trim());
    expect(logs).toEqual(['access_log /dev/stdout calseta;', 'error_log /dev/stderr crit;']);
    expect(configuration).toContain('~^/v1/ingest/([^/]+)/ /v1/ingest/$1/[token];');
  });

  test('answers for itself with the problems that the services answer with', () => {
    const configuration = readText('deploy/gateway/nginx.conf');
    const answers = [...configuration.matchAll(/return (\d+) '(.*)';/g)];
    const problems = answers.map(([, status, body]) => {
      const problem = problemSchema.parse(JSON.parse(body!));
      expect(problem).toMatchObject({
        type: problemType(problem.code),
        status: ERROR_STATUS[problem.code],
      });
      expect(Number(status)).toBe(problem.status);
      return problem.code;
    });
    expect(problems).toEqual([
      'route.not_found',
      'request.malformed',
      'request.headers_too_large',
      'request.too_large',
      'service.unavailable',
    ]);
    expect(configuration).toContain('location = /metrics {');
  });

  test.each(own)('configures %s completely, in terms that services know', (name) => {
    const environment = setIn(name, { CALSETA_ENCRYPTION_KEY: ENCRYPTION_KEY });
    expect(Object.keys(environment).filter((key) => !KNOWN_VARIABLES.has(key))).toEqual([]);
    const config = loadConfig(SERVICE_SHAPES[name], { ...environment, NODE_ENV: 'production' });
    expect(config).toMatchObject({
      DATABASE_URL: 'postgresql://calseta:calseta@postgres:5432/calseta',
      AMQP_URL: 'amqp://calseta:calseta@rabbitmq:5672',
      HTTP_TRUSTED_PROXY_HOPS: 1,
    });
  });

  test.each(own)('lets a .env configure %s, but for the addresses inside', (name, service) => {
    expect(service.env_file).toEqual([{ path: '.env', required: false }]);
    const dotEnv = {
      CALSETA_ENCRYPTION_KEY: ENCRYPTION_KEY,
      CALSETA_EGRESS_ALLOW: '10.0.0.0/8',
      CALSETA_OWN_DOMAINS: 'example.com',
      CALSETA_BOOTSTRAP_API_KEY: `cai_${'k'.repeat(32)}`,
      LOG_LEVEL: 'debug',
      DATABASE_URL: '',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '9000',
    };
    const environment = environmentOf(name, dotEnv);
    const addresses = {
      HTTP_HOST: '0.0.0.0',
      HTTP_PORT: '8000',
      CALSETA_PUBLIC_URL: 'http://localhost:9000',
      DATABASE_URL: 'postgresql://calseta:calseta@postgres:5432/calseta',
    };
    expect(environment).toMatchObject({ ...dotEnv, ...addresses });
    expect(loadConfig(SERVICE_SHAPES[name], environment)).toMatchObject({ HTTP_PORT: 8000 });
    expect(environmentOf(name, { ...dotEnv, CALSETA_PUBLIC_URL: 'https://c.example' })).toEqual({
      ...environment,
      CALSETA_PUBLIC_URL: 'https://c.example',
    });
  });

  test('refuses to start without an encryption key', () => {
    expect(() => environmentOf('dispatcher', {})).toThrow('CALSETA_ENCRYPTION_KEY');
  });

  test('shows the enricher the lists that lie beside it', () => {
    expect(services['enricher']).toMatchObject({
      environment: { THREAT_LISTS_DIR: '/lists' },
      volumes: ['./lists:/lists:ro'],
    });
  });
});

describe('deploy/Dockerfile', () => {
  const text = readText('deploy/Dockerfile');
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  const [, finalStage = ''] = text.split(/\n(?=FROM )/).slice(-2);

  test('copies what is there', () => {
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources.length).toBeGreaterThan(4);
    expect(sources.filter((path) => !existsSync(root + path))).toEqual([]);
    const ignored = readText('.dockerignore').split('\n').filter(Boolean);
    expect(sources.filter((path) => ignored.includes(path))).toEqual([]);
  });

  test('leaves a service with all that it imports, without sources, and small enough', async () => {
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      execFile(process.execPath, ['scripts/assemble-image.mjs'], { cwd: root }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, output: out + err }),
      );
    });
    if (code === 75) return void process.stderr.write(output);
    expect(output).toMatch(/^\/app of alerts-api: \d+ files, \d\d MB, of at most 50 MB\.\n$/);
    expect(code).toBe(0);
  }, 300_000);

  test('installs with the package manager of the workspace', () => {
    const { packageManager } = JSON.parse(readText('package.json')) as { packageManager: string };
    const used = new Set(text.match(/pnpm@[\d.]+/g));
    expect([...used]).toEqual([packageManager]);
  });

  test('ends as a Node 24 image that runs one service, not as root, and asks it for its health', () => {
    // With the Node of the stage `node`, but without npm.
    expect(text).toMatch(/^FROM node:24-\S+ AS node$/m);
    expect(finalStage).toMatch(/^FROM debian:/);
    expect(finalStage).toContain('COPY --from=node --chown=root:root /usr/local/bin/node ');
    expect(text).toContain('strip --strip-unneeded /usr/local/bin/node');
    expect(finalStage).toContain('ARG SERVICE');
    expect(finalStage).toMatch(/^USER 1000:1000$/m);
    expect(finalStage.indexOf('USER 1000:1000')).toBeGreaterThan(finalStage.lastIndexOf('COPY'));
    expect(finalStage).toMatch(/^HEALTHCHECK .*/m);
    expect(finalStage).toContain('/readyz');
    // Otherwise a shell receives SIGTERM and the service does not.
    expect(finalStage).toMatch(/exec node .*services\/\$SERVICE\/dist\/main\.js/);
    for (const name of SERVICE_NAMES) {
      expect(existsSync(`${root}services/${name}/src/main.ts`)).toBe(true);
    }
  });
});
