import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import {
  createEgress,
  createGuardedAxios,
  createOutboundHttp,
  createTelemetry,
  egressConfig,
  loadConfig,
} from '@calseta/platform';
import { TEST_TLS } from '@calseta/testing';
import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  return (server.address() as AddressInfo).port;
}

/** A proxy that notes what it is asked for. */
async function startProxy(status = 200) {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = http.createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request: http.IncomingMessage, client: Socket) => {
    asked.push(request.url ?? '');
    credentials.push(request.headers['proxy-authorization']);
    client.on('error', () => undefined);
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const [host = '', port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    closers.push(async () => await Promise.resolve(upstream.destroy()));
  });
  return { port: await listen(server), asked, credentials };
}

async function startTargets() {
  const answer: http.RequestListener = (request, response) => response.end(`at ${request.url}`);
  const plain = await listen(http.createServer(answer));
  const secure = await listen(https.createServer({ ...TEST_TLS.server }, answer));
  return [`http://localhost:${plain}/p`, `https://localhost:${secure}/s`] as const;
}

async function clients(proxy: string, allow = '127.0.0.0/8') {
  const folder = await mkdtemp(join(tmpdir(), 'calseta-proxy-'));
  closers.push(async () => await rm(folder, { recursive: true }));
  const authority = join(folder, 'ca.pem');
  await writeFile(authority, TEST_TLS.authority);
  const config = loadConfig(egressConfig, {
    CALSETA_EGRESS_ALLOW: allow,
    CALSETA_EGRESS_CA_FILE: authority,
    CALSETA_EGRESS_PROXY: proxy,
  });
  const stream = new PassThrough().resume();
  const { metrics } = createTelemetry({ service: 'test', logLevel: 'error', stream });
  const egress = createEgress(config, metrics);
  const outbound = createOutboundHttp(egress);
  const limits = { timeoutMs: 5_000, maxResponseBytes: 1_000, maxRequestBytes: 1_000 };
  const guarded = createGuardedAxios({ ...egress, ...limits });
  closers.push(async () => {
    await outbound[Symbol.asyncDispose]();
    await guarded[Symbol.asyncDispose]();
    egress.close();
  });
  const post = async (url: string) =>
    await outbound.post(url, {
      headers: {},
      body: '{}',
      timeoutMs: 5_000,
      maxResponseBytes: 1_000,
    });
  return { post, get: async (url: string) => await guarded.axios.get<string>(url) };
}

describe('calls through a proxy', () => {
  test('reach http and https by the checked address, with the credentials of the proxy', async () => {
    const { port, asked, credentials } = await startProxy();
    const targets = await startTargets();
    const { post, get } = await clients(`http://user:p%40ss@127.0.0.1:${port}`);
    for (const url of targets) {
      const path = new URL(url).pathname;
      expect(await post(url)).toMatchObject({ kind: 'response', status: 200, body: `at ${path}` });
      expect((await get(url)).data).toBe(`at ${path}`);
    }
    expect(asked).toHaveLength(4);
    const ports = targets.map((url) => new URL(url).port);
    expect(new Set(asked)).toEqual(new Set(ports.map((one) => `127.0.0.1:${one}`)));
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(new Set(credentials)).toEqual(new Set([basic]));
  });

  test('are still refused by the guard, and the proxy is never asked', async () => {
    const { port, asked } = await startProxy();
    const [plain, secure] = await startTargets();
    const { post, get } = await clients(`http://127.0.0.1:${port}`, '10.0.0.0/8');
    for (const url of [plain, secure, plain.replace('localhost', '127.0.0.1')]) {
      expect(await post(url)).toMatchObject({ kind: 'blocked' });
      await expect(get(url)).rejects.toThrow('refused');
    }
    expect(asked).toEqual([]);
  });

  test('fail with what the proxy answered', async () => {
    const { port } = await startProxy(407);
    const [plain] = await startTargets();
    const { post, get } = await clients(`http://127.0.0.1:${port}`);
    const error = 'the egress proxy refused the connection: 407';
    expect(await post(plain)).toEqual({ kind: 'unreachable', error });
    await expect(get(plain)).rejects.toThrow(error);
  });

  test('fail where there is no proxy, and do not go around it', async () => {
    const gone = http.createServer();
    const port = await listen(gone);
    await closers.pop()?.();
    const [plain] = await startTargets();
    const { post } = await clients(`http://127.0.0.1:${port}`);
    expect(await post(plain)).toEqual({
      kind: 'unreachable',
      error: 'the egress proxy cannot be used: ECONNREFUSED',
    });
  });
});
