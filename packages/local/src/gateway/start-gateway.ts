import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createBoundedServer, discardBody, sendJson } from '@calseta/platform';
import { chooseRoute } from './choose-route.js';
import { createReadiness } from './create-readiness.js';
import { createUpstream } from './create-upstream.js';
import { findFault } from './find-fault.js';
import { createForward } from './forward-request.js';
import { sendGatewayProblem } from './send-gateway-problem.js';

export type Gateway = AsyncDisposable & {
  port: number;
  url: string;
  /** Accepts no more connections, and completes the requests in flight. */
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
  /** The gateway is ready when all of these are ready and a request reaches both services. */
  readiness?: string[];
  /** Number of proxies between the clients and the gateway, whose X-Forwarded-For entries are kept. */
  proxiesInFront?: number;
  limits?: Partial<typeof LIMITS>;
  /** Receives one line when a limit is reached. */
  say?: (line: string) => void;
};

/** Longer than any time limit of the services, so that the client gets the service's answer. */
const PATIENCE_MS = 120_000;
const LIMITS = {
  maxConnections: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: PATIENCE_MS,
  keepAliveTimeoutMs: 5_000,
  maxUnreadBytes: 64 * 1024 * 1024,
  unreadTimeoutMs: 10_000,
  /** Time in which a service may continue its answer, ms. */
  silenceTimeoutMs: PATIENCE_MS,
};

/** One port in front of the services, like the reverse proxy of a deployment. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { say = () => undefined } = options;
  const limits = { ...LIMITS, ...options.limits };
  const upstreams = {
    ingest: createUpstream('ingest-api', options.ingest, say),
    api: createUpstream('alerts-api', options.api, say),
  };
  let isRefusing = false;
  const forward = createForward({
    proxiesInFront: options.proxiesInFront ?? 0,
    silenceTimeoutMs: limits.silenceTimeoutMs,
    isEnding: () => isRefusing,
  });
  const findNotReady = createReadiness(options.readiness ?? [], Object.values(upstreams));

  function serve(request: IncomingMessage, response: ServerResponse): void {
    // Its client left while it was waiting.
    if (request.destroyed) return;
    const fault = findFault(request);
    if (fault !== undefined) {
      refuseRequest(request, response, fault);
      return;
    }
    const route = chooseRoute(request.url ?? '/');
    if (route === 'ingest' || route === 'api') {
      void forward(request, response, upstreams[route]);
      return;
    }
    if (route === 'livez') sendJson(response, 200, { status: 'alive' });
    else if (route === 'readyz') void answerReadiness(response, findNotReady);
    else sendGatewayProblem(request, response, 'route.not_found', 'No such path.');
    discardBody(request);
  }

  const { server } = createBoundedServer({
    limits,
    serve,
    refuse: (request, response, { message }) => refuseRequest(request, response, message),
    onCut: ({ bound, clientAddress = 'nobody' }) =>
      say(`A connection of ${clientAddress} is cut (${bound})`),
  });
  const port = await listen(server, options.port, options.host ?? '0.0.0.0');
  for (const upstream of Object.values(upstreams)) upstream.watch();
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  const refuse = () => {
    isRefusing = true;
    server.close();
    server.closeIdleConnections();
  };
  const close = async () => {
    refuse();
    server.closeAllConnections();
    for (const upstream of Object.values(upstreams)) upstream.stop();
    await closed;
  };
  return { port, url: `http://127.0.0.1:${port}`, refuse, close, [Symbol.asyncDispose]: close };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Reads nothing more from a connection whose request could be read in two ways. */
function refuseRequest(request: IncomingMessage, response: ServerResponse, fault: string): void {
  response.setHeader('Connection', 'close');
  sendGatewayProblem(request, response, 'request.malformed', fault);
}

async function answerReadiness(
  response: ServerResponse,
  findNotReady: () => Promise<string[]>,
): Promise<void> {
  const notReady = await findNotReady();
  const isReady = notReady.length === 0;
  sendJson(response, isReady ? 200 : 503, {
    status: isReady ? 'ready' : 'not_ready',
    not_ready: notReady,
  });
}
