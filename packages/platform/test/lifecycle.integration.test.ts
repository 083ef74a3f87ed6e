import { once, EventEmitter } from 'node:events';
import { Agent, createServer, request, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { VERSION } from '@calseta/common';
import { afterEach, describe, expect, test } from '@jest/globals';
import { runService, serveRequest, type ServiceInstance, type Telemetry } from '@calseta/platform';
import { z } from 'zod';
import { until } from './support/start-app.js';

class FakeProcess extends EventEmitter {
  exitCode: number | string | null | undefined;
  exits: (number | undefined)[] = [];
  exit(code?: number): void {
    this.exits.push(code);
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 50 });
afterEach(() => agent.destroy());

/** Resolves with the status, or the code of the network error. */
const get = async (
  port: number,
  path: string,
  via: Agent | false = agent,
): Promise<number | string> =>
  await new Promise((resolve) => {
    const outgoing = request({ port, host: '127.0.0.1', path, agent: via }, (res) => {
      res.resume();
      res.once('end', () => resolve(res.statusCode ?? 0));
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    outgoing.end();
  });

async function run(
  instance: Partial<ServiceInstance> = {},
  env: NodeJS.ProcessEnv = {},
  closed: string[] = [],
) {
  const owner = new FakeProcess();
  const logStream = new PassThrough();
  let logs = '';
  logStream.on('data', (chunk: Buffer) => (logs += chunk.toString()));
  let telemetry: Telemetry | undefined;
  const started = await runService(
    'tester',
    { NEEDED: z.string().describe('x') },
    async ({ resources, telemetry: own }) => {
      telemetry = own;
      for (const name of ['database', 'broker']) {
        resources.use({
          [Symbol.asyncDispose]: async () => {
            closed.push(name);
            await Promise.resolve();
          },
        });
      }
      return await Promise.resolve({
        name: 'tester',
        drain: async () => {
          closed.push('drained');
          await Promise.resolve();
        },
        ...instance,
      });
    },
    {
      env: { HTTP_PORT: '0', HTTP_HOST: '127.0.0.1', NEEDED: 'x', ...env },
      process: owner,
      logStream,
    },
  );
  const stopped = async () =>
    await until(() => expect(logs).toMatch(/service\.stop(ped|_failed)/), 5_000);
  const ownTelemetry = (): Telemetry => {
    if (!telemetry) throw new Error('The service has not started.');
    return telemetry;
  };
  return {
    owner,
    port: started?.port ?? 0,
    logs: () => logs,
    closed,
    stopped,
    telemetry: ownTelemetry,
  };
}

describe('runService', () => {
  test('answers health and metrics of a service that has no routes', async () => {
    const service = await run({ readiness: { database: () => true } });
    expect(await get(service.port, '/livez')).toBe(200);
    expect(await get(service.port, '/readyz')).toBe(200);
    expect(await get(service.port, '/metrics')).toBe(200);
    expect(await get(service.port, '/v1/alerts')).toBe(404);
    service.owner.emit('SIGTERM');
    await service.stopped();
  });

  test('names variables that look like ours and that nobody reads, and no value', async () => {
    const service = await run(
      {},
      { AMQP_PREFECH: 'hunter2', DELIVERY_LEASE_MS: '1', EDITOR: 'vi' },
    );
    const warnings = service
      .logs()
      .split('\n')
      .filter((line) => line.includes('config.unknown_variable'))
      .map((line) => JSON.parse(line) as unknown);
    expect(warnings).toEqual([
      expect.objectContaining({
        level: 'warn',
        variable: 'AMQP_PREFECH',
        nearest: 'AMQP_PREFETCH',
      }),
    ]);
    expect(service.logs()).not.toContain('hunter2');
    service.owner.emit('SIGTERM');
    await service.stopped();
  });

  test('names them too when the configuration lacks what was meant', async () => {
    const secret = 'postgresql://u:hunter2@h/d';
    const service = await run({}, { HTTP_PORT: 'x', DATABSE_URL: secret });
    expect(service.owner.exitCode).toBe(1);
    expect(service.logs()).toContain('service.misconfigured');
    expect(service.logs()).toContain('"variable":"DATABSE_URL","nearest":"DATABASE_URL"');
    expect(service.logs()).not.toContain('hunter2');
  });

  test('is unready, and still alive, when a check fails, throws or hangs; details are names only', async () => {
    const service = await run({
      readiness: {
        database: async () => await Promise.reject(new Error('postgres://u:hunter2@db')),
        broker: () => false,
        fine: () => true,
        stuck: async () => await new Promise<boolean>(() => undefined),
      },
    });
    const response = await fetch(`http://127.0.0.1:${service.port}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'failed',
      version: VERSION,
      checks: { database: 'failed', broker: 'failed', fine: 'ok', stuck: 'failed' },
    });
    expect(await get(service.port, '/livez')).toBe(200);
    service.owner.emit('SIGTERM');
    await service.stopped();
  });

  test('waits for its schema alive and unready, and stops in order while it waits', async () => {
    const owner = new FakeProcess();
    const logStream = new PassThrough();
    let logs = '';
    logStream.on('data', (chunk: Buffer) => (logs += chunk.toString()));
    const closed: string[] = [];
    const state = { needed: '3', found: '1', missing: ['2', '3'] };
    const schema = { needed: '3', read: async () => await Promise.resolve(state) };
    const running = runService(
      'tester',
      {},
      async ({ resources, untilMigrated }) => {
        resources.use({
          [Symbol.asyncDispose]: async () => await Promise.resolve(void closed.push('database')),
        });
        await untilMigrated(schema);
        throw new Error('It must not get here.');
      },
      { env: { HTTP_PORT: '0', HTTP_HOST: '127.0.0.1' }, process: owner, logStream },
    );
    await until(() => expect(logs).toContain('service.waiting'));
    const { port } = JSON.parse(logs.split('\n')[0]!) as { port: number };
    expect(await get(port, '/livez', false)).toBe(200);
    expect(await get(port, '/v1/alerts', false)).toBe(503);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'failed',
      version: VERSION,
      schema: state,
      checks: { schema: 'failed' },
    });
    owner.emit('SIGTERM');
    expect(await running).toBeUndefined();
    await until(() => expect(logs).toContain('service.stopped'));
    expect(closed).toEqual(['database']);
    expect(owner.exitCode).toBeUndefined();
    expect(logs).not.toContain('start_failed');
  });

  test.each(['SIGTERM', 'SIGINT'])('ends in order on %s, with exit code 0', async (signal) => {
    const service = await run();
    service.owner.emit(signal);
    service.owner.emit(signal);
    await service.stopped();
    expect(service.closed).toEqual(['drained', 'broker', 'database']);
    expect(service.owner.exitCode).toBeUndefined();
    expect(service.owner.exits).toEqual([]);
    expect(await get(service.port, '/livez', false)).toBe('ECONNREFUSED');
  });

  test('answers every request that is in flight or on its way when the signal comes', async () => {
    const service = await run({
      handleRequest: (_req, res) => void setTimeout(() => res.end('done'), 150),
    });
    const inFlight = Array.from({ length: 20 }, async () => await get(service.port, '/slow'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    service.owner.emit('SIGTERM');
    expect(new Set(await Promise.all(inFlight))).toEqual(new Set([200]));
    await service.stopped();
    expect(service.closed[0]).toBe('drained');
  });

  test('a keep-alive connection is used to the end and closed with an answer, never reset', async () => {
    const service = await run({ handleRequest: (_req, res) => void res.end('done') });
    expect(await get(service.port, '/warm')).toBe(200);
    service.owner.emit('SIGTERM');
    expect(await get(service.port, '/on-its-way')).toBe(200);
    await service.stopped();
  });

  test('says that it is unready for as long as it is told to, while it serves', async () => {
    const service = await run(
      { handleRequest: (_req, res) => void res.end('done') },
      { SHUTDOWN_UNREADY_MS: '300' },
    );
    service.owner.emit('SIGTERM');
    expect(await get(service.port, '/readyz', false)).toBe(503);
    expect(await get(service.port, '/work', false)).toBe(200);
    await service.stopped();
  });

  test('is cut off at the deadline', async () => {
    const service = await run(
      { drain: async () => await new Promise<void>(() => undefined) },
      { SHUTDOWN_DEADLINE_MS: '200' },
    );
    service.owner.emit('SIGTERM');
    await until(() => expect(service.owner.exits).toEqual([1]));
    expect(service.logs()).toContain('service.stop_overdue');
  });

  test('sends its spans to the collector that it is told of, the last ones before it ends', async () => {
    const bodies: string[] = [];
    const collector = createServer((req, res) => {
      void text(req).then((body) => {
        bodies.push(`${req.url} ${body}`);
        res.end('{}');
      });
    });
    await once(collector.listen(0, '127.0.0.1'), 'listening');
    const { port } = collector.address() as AddressInfo;
    const service = await run(
      {
        handleRequest: (req, res) =>
          serveRequest(
            req,
            res,
            { telemetry: service.telemetry(), trustedProxyHops: 0 },
            async () => {
              res.end('done');
              await Promise.resolve();
            },
          ),
      },
      { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/` },
    );
    expect(await get(service.port, '/work')).toBe(200);
    expect(bodies).toEqual([]);
    service.owner.emit('SIGTERM');
    await service.stopped();
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toMatch(/^\/v1\/traces \{/);
    expect(bodies[0]).toContain('"GET unmatched"');
    expect(bodies[0]).toContain('"stringValue":"tester"');
    collector.closeAllConnections();
    await once(collector.close(), 'close');
  });

  test('records no span without a collector', async () => {
    const service = await run();
    expect(service.telemetry().trace).toBeUndefined();
    service.owner.emit('SIGTERM');
    await service.stopped();
  });

  test.each(['uncaughtException', 'unhandledRejection'])(
    'logs an %s, drains and leaves with exit code 1',
    async (event) => {
      const service = await run();
      service.owner.emit(event, new Error('nobody caught me'));
      await service.stopped();
      expect(service.owner.exitCode).toBe(1);
      expect(service.logs()).toContain('nobody caught me');
      expect(service.closed).toEqual(['drained', 'broker', 'database']);
    },
  );

  test('a failing end is exit code 1', async () => {
    const service = await run({ drain: async () => await Promise.reject(new Error('stuck')) });
    service.owner.emit('SIGTERM');
    await service.stopped();
    expect(service.owner.exitCode).toBe(1);
    expect(service.closed).toEqual(['broker', 'database']);
  });

  test('ends streams that would go on for ever', async () => {
    const streams: ServerResponse[] = [];
    const service = await run({
      handleRequest: (_req, res) => {
        res.write('event');
        streams.push(res);
      },
      endStreams: () => streams.forEach((res) => res.end()),
    });
    const stream = get(service.port, '/stream');
    await until(() => expect(streams).toHaveLength(1));
    service.owner.emit('SIGTERM');
    expect(await stream).toBe(200);
    await service.stopped();
  });

  test('refuses a wrong configuration before anything is opened, all mistakes at once', async () => {
    const service = await run({}, { NEEDED: '', HTTP_PORT: 'many', LOG_LEVEL: 'loud' });
    expect(service.owner.exitCode).toBe(1);
    expect(service.closed).toEqual([]);
    for (const name of ['NEEDED', 'HTTP_PORT', 'LOG_LEVEL']) expect(service.logs()).toContain(name);
  });

  test('closes what it opened when it cannot listen', async () => {
    const first = await run();
    const closed: string[] = [];
    const second = await run({}, { HTTP_PORT: String(first.port) }, closed);
    expect(second.owner.exitCode).toBe(1);
    await second.stopped();
    expect(closed).toEqual(['drained', 'broker', 'database']);
    first.owner.emit('SIGTERM');
    await first.stopped();
  });
});
