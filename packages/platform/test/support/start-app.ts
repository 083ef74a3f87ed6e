import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { generateApiKey, type KeyType, type Scope } from '@calseta/common';
import {
  type AppOptions,
  createApp,
  createAuthenticator,
  createHttpServer,
  createTelemetry,
  type Route,
  type ServerLimits,
} from '@calseta/platform';

const LIMITS: ServerLimits = {
  maxConnections: 100,
  headersTimeoutMs: 500,
  requestTimeoutMs: 1_000,
  keepAliveTimeoutMs: 5_000,
  maxUnreadBytes: 67_108_864,
  unreadTimeoutMs: 5_000,
};

/** Serves routes on a real port, with a key for each requested set of scopes. */
export async function startApp(
  routes: Route[],
  options: {
    app?: Partial<AppOptions>;
    limits?: Partial<ServerLimits>;
    readiness?: Record<string, () => boolean | Promise<boolean>>;
  } = {},
) {
  const logStream = new PassThrough();
  let logs = '';
  logStream.on('data', (chunk: Buffer) => (logs += chunk.toString()));
  const telemetry = createTelemetry({ service: 'tester', logLevel: 'debug', stream: logStream });
  const keys = new Map<
    string,
    { key: ReturnType<typeof generateApiKey>; keyType: KeyType; scopes: Scope[] }
  >();
  const authenticator = createAuthenticator({
    readLiveKeys: async () =>
      await Promise.resolve({
        version: String(keys.size),
        keys: [...keys].map(([id, { key, keyType, scopes }]) => ({
          id,
          name: 'test',
          keyType,
          principalId: id,
          createdBy: null,
          agentId: null,
          isShadow: false,
          scopes,
          allowedSources: null,
          urlTokenSource: null,
          allowedNetworks: null,
          secretHash: key.hash,
          expiresAt: null,
        })),
      }),
    failureLimits: { burst: 5, refillPerSecond: 0.01, maxAddresses: 10 },
  });
  const app = createApp({
    routes,
    authenticator,
    telemetry,
    limits: { trustedProxyHops: 0, maxBodyBytes: 10_000, bodyTimeoutMs: 400 },
    ...options.app,
  });
  const server = createHttpServer({
    handleRequest: app,
    readiness: options.readiness ?? {},
    telemetry,
    limits: { ...LIMITS, ...options.limits },
  });
  const port = await server.listen(0, '127.0.0.1');
  const makeKey = (keyType: KeyType, scopes: Scope[]): string => {
    const key = generateApiKey();
    keys.set(key.id, { key, keyType, scopes });
    return key.key;
  };
  const newKey = (...scopes: Scope[]): string => makeKey('human', scopes);
  const newAgentKey = (...scopes: Scope[]): string => makeKey('agent', scopes);
  const admin = newKey('admin');
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    server,
    telemetry,
    newKey,
    newAgentKey,
    admin,
    logs: () => logs,
    /** Log lines of finished requests. */
    requestLines: () =>
      logs
        .split('\n')
        .filter((line) => line.includes('"http.request"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    send: async (
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ) =>
      await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${admin}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    async close() {
      await server.close();
      await authenticator[Symbol.asyncDispose]();
    },
  };
}

export type App = Awaited<ReturnType<typeof startApp>>;

/** Sends the pieces of a script to a port; resolves with everything received. */
export async function speak(
  port: number,
  script: (write: (text: string | Buffer) => void) => void,
  encoding: BufferEncoding = 'utf8',
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => script((text) => void socket.write(text)));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString(encoding)));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (answer === '' || error.code !== 'EPIPE') reject(error);
    });
  });
}

/** Repeats until the assertion holds. */
export async function until(assertion: () => unknown, timeoutMs = 3_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
