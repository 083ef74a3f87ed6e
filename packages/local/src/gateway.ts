import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceptFirst } from '@calseta/platform';
import { forward, type ForwardOutcome } from './forward-request.js';
import { sendGatewayProblem } from './gateway-problem.js';
import { isReady } from './is-ready.js';

export type Gateway = AsyncDisposable & {
  port: number;
  url: string;
  /** Takes no more connections, and goes on with the requests that are under way. */
  refuse: () => void;
  close: () => Promise<void>;
};

type GatewayOptions = {
  port: number;
  host?: string;
  /** Base URLs of the ingest-api replicas: they get /v1/ingest. */
  ingest: string[];
  /** Base URLs of the alerts-api replicas: they get everything else. */
  api: string[];
  /** The gateway is ready when all of these are. */
  readiness?: string[];
};

const INGEST_PATH = /^\/v1\/ingest(\/|$)/;
const MAX_CONNECTIONS = 10_000;
/** Longer than the services take for any answer, so that theirs is the one that is seen. */
const REQUEST_TIMEOUT_MS = 120_000;

/** One port in front of the services, as the reverse proxy of a deployment would be. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const nextIngest = roundRobin(options.ingest);
  const nextApi = roundRobin(options.api);
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS });
  const serveSoon = acceptFirst(server, (request, response) => {
    // Its client left while it waited.
    if (request.destroyed) return;
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === '/livez') sendJson(response, 200, { status: 'alive' });
    else if (path === '/readyz') void answerReadiness(response, options.readiness ?? []);
    // What a process measures of itself is for those who can reach the process.
    else if (path === '/metrics') sendGatewayProblem(response, 'hidden');
    else void pass(request, response, INGEST_PATH.test(path) ? nextIngest() : nextApi());
  });
  server.on('request', serveSoon);
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '0.0.0.0', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  const refuse = () => {
    server.close();
    server.closeIdleConnections();
  };
  const close = async () => {
    refuse();
    server.closeAllConnections();
    await closed;
  };
  return { port, url: `http://127.0.0.1:${port}`, refuse, close, [Symbol.asyncDispose]: close };
}

/** Each call returns all targets, beginning with the next one. */
function roundRobin(targets: string[]): () => string[] {
  let turn = 0;
  return () => {
    const start = turn % Math.max(targets.length, 1);
    turn += 1;
    return [...targets.slice(start), ...targets.slice(0, start)];
  };
}

async function pass(request: IncomingMessage, response: ServerResponse, targets: string[]) {
  let outcome: ForwardOutcome = 'untaken';
  for (const target of targets) {
    outcome = await forward(request, response, target);
    if (outcome !== 'untaken' || response.destroyed) break;
  }
  if (outcome === 'answered') return;
  if (response.headersSent) return void response.destroy();
  sendGatewayProblem(response, 'unanswered');
  // What is left of the body is of no use, and the connection cannot serve another request.
  request.resume();
}

async function answerReadiness(response: ServerResponse, urls: string[]): Promise<void> {
  const states = await Promise.all(urls.map(isReady));
  const ready = states.every(Boolean);
  const notReady = urls.filter((_, index) => !states[index]);
  sendJson(response, ready ? 200 : 503, {
    status: ready ? 'ready' : 'not_ready',
    not_ready: notReady,
  });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
