import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createServer as createTlsServer } from 'node:tls';
import { type AddressInfo, type Server } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  createEgress,
  createEgressGuard,
  createOutboundHttp,
  createTelemetry,
  egressConfig,
  loadConfig,
  type OutboundRequest,
} from '@calseta/platform';
import { TEST_TLS } from '@calseta/testing';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(server: Server, scheme = 'https') {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    if (server instanceof http.Server || server instanceof https.Server)
      server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Answers with the name in the client certificate. */
const serve = async (options: https.ServerOptions) => {
  const server = https.createServer(options);
  const names = new WeakMap<object, string>();
  server.on('secureConnection', (socket) => {
    // Empty where the client shows none.
    const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string } };
    names.set(socket, String(subject?.CN));
  });
  server.on('request', (incoming, answer) => answer.end(names.get(incoming.socket)));
  return await listen(server);
};

function client(authorities?: string) {
  const guard = createEgressGuard({ allow: ['127.0.0.0/8'] });
  const outbound = createOutboundHttp({ guard, authorities });
  closers.push(async () => await outbound[Symbol.asyncDispose]());
  return outbound;
}

const request = (tls?: OutboundRequest['tls']): OutboundRequest => ({
  headers: {},
  body: '{}',
  timeoutMs: 5_000,
  maxResponseBytes: 1_000,
  tls,
});

const TRUSTING = { ca: TEST_TLS.authority };

describe('TLS of outbound calls', () => {
  test('refuses an authority that it does not know, and says where to name it', async () => {
    const url = await serve(TEST_TLS.server);
    expect(await client().post(url, request())).toEqual({
      kind: 'unreachable',
      error: expect.stringMatching(
        /^UNABLE_TO_VERIFY_LEAF_SIGNATURE: its certificate is from an authority .* `tls\.ca` of the agent, or in CALSETA_EGRESS_CA_FILE$/,
      ) as unknown,
    });
  });

  test('trusts the authority of the operator for all, and that of one call for that call alone', async () => {
    const url = await serve(TEST_TLS.server);
    expect(await client(TEST_TLS.authority).post(url, request())).toMatchObject({ status: 200 });
    const outbound = client();
    expect(await outbound.post(url, request(TRUSTING))).toMatchObject({ status: 200 });
    expect(await outbound.post(url, request())).toMatchObject({ kind: 'unreachable' });
  });

  test('shows the client certificate of each call, and shares no connection between two', async () => {
    const url = await serve({
      ...TEST_TLS.server,
      ca: TEST_TLS.authority,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const outbound = client();
    const { cert: certificate, key } = TEST_TLS.client;
    expect(await outbound.post(url, request({ ...TRUSTING, certificate, key }))).toMatchObject({
      status: 200,
      body: 'test agent client',
    });
    expect(await outbound.post(url, request(TRUSTING))).toMatchObject({
      kind: 'unreachable',
      error: expect.stringContaining('`tls.client_certificate` and `tls.client_key`') as unknown,
    });
  });

  test('says that a certificate is for another name', async () => {
    const url = await serve(TEST_TLS.otherName);
    expect(await client().post(url, request(TRUSTING))).toEqual({
      kind: 'unreachable',
      error:
        'ERR_TLS_CERT_ALTNAME_INVALID: its certificate is for another name than that of the URL',
    });
  });

  test('says that https was asked of a port that speaks plain HTTP', async () => {
    const url = await listen(http.createServer((_incoming, answer) => answer.end()));
    expect(await client().post(url, request())).toEqual({
      kind: 'unreachable',
      error: expect.stringContaining('the URL has to begin with http://') as unknown,
    });
  });

  test('says that http was asked of a port that speaks TLS', async () => {
    const url = await listen(createTlsServer({ ...TEST_TLS.server }), 'http');
    expect(await client().post(url, request())).toMatchObject({
      kind: 'unreachable',
      error: expect.stringContaining('https://') as unknown,
    });
  });
});

describe('CALSETA_EGRESS_CA_FILE', () => {
  async function egressWith(text: string) {
    const folder = await mkdtemp(join(tmpdir(), 'calseta-ca-'));
    closers.push(async () => await rm(folder, { recursive: true }));
    const path = join(folder, 'authorities.pem');
    await writeFile(path, text);
    const { metrics } = createTelemetry({
      service: 'test',
      logLevel: 'error',
      stream: new PassThrough(),
    });
    const config = loadConfig(egressConfig, { CALSETA_EGRESS_CA_FILE: path });
    return () => createEgress(config, metrics);
  }

  test('is read at start', async () => {
    const egress = (await egressWith(TEST_TLS.authority))();
    closers.push(async () => {
      egress.close();
      await Promise.resolve();
    });
    const url = await serve(TEST_TLS.server);
    expect(await client(egress.authorities).post(url, request())).toMatchObject({ status: 200 });
  });

  test.each(['', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'stops the start when it holds no certificate: %j',
    async (text) => {
      expect(await egressWith(text)).toThrow(/^CALSETA_EGRESS_CA_FILE cannot be used: /);
    },
  );
});
