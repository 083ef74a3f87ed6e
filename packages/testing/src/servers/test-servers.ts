import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { choosePostgres, chooseRabbitmq } from './choose-servers.js';
import { createDatabaseCloner } from './database-cloner.js';

type Handler = (name: string) => Promise<unknown>;

/**
 * One Postgres and one RabbitMQ for a whole run of jest, started when the first test file asks for them.
 * Jest's main process owns them; the workers ask over HTTP (see ask-test-servers.ts).
 */
function createTestServers() {
  const say = (line: string) => process.stderr.write(`[test servers] ${line}\n`);
  const started: (() => Promise<void>)[] = [];
  const postgres = once(async () => {
    const provider = await choosePostgres(process.env, say);
    started.push(provider.stop);
    const cloner = await createDatabaseCloner(provider);
    started.push(cloner.close);
    return cloner;
  });
  const rabbitmq = once(async () => {
    const provider = await chooseRabbitmq(process.env, say);
    started.push(provider.stop);
    return provider;
  });
  const vhosts = new Set<string>();
  const run = `test-${Date.now().toString(36)}-${process.pid}`;
  let made = 0;

  const handlers: Record<string, Handler> = {
    'POST databases': async () => await (await postgres()).clone(),
    'DELETE databases': async (name) => ({ open: await (await postgres()).drop(name) }),
    'POST vhosts': async () => {
      made += 1;
      const name = `${run}-${made}`;
      const url = await (await rabbitmq()).createVhost(name);
      vhosts.add(name);
      return { name, url };
    },
    'DELETE vhosts': async (name) => {
      vhosts.delete(name);
      return { open: await (await rabbitmq()).deleteVhost(name) };
    },
  };
  const stop = async () => {
    if (process.env['TEST_AMQP_URL']) {
      for (const name of vhosts) await (await rabbitmq()).deleteVhost(name);
    }
    for (const stopOne of started.reverse()) await stopOne();
  };
  return { handlers, stop };
}

let server: Server | undefined;
let stopServers: (() => Promise<void>) | undefined;

/** Returns the URL for the workers. */
export async function openTestServers(): Promise<string> {
  const { handlers, stop } = createTestServers();
  stopServers = stop;
  server = createServer((request, response) => {
    // A worker must not reuse a connection that the server is closing because it was idle.
    response.setHeader('Connection', 'close');
    const [, kind = '', name = ''] = (request.url ?? '').split('/');
    const handler = handlers[`${request.method ?? ''} ${kind}`];
    const answer = handler ? handler(name) : Promise.reject(new Error('Unknown test server'));
    answer.then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => {
        const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
        response.writeHead(500).end(JSON.stringify({ error: message }));
      },
    );
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function closeTestServers(): Promise<void> {
  await stopServers?.();
  server?.close();
  server?.closeAllConnections();
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= start());
}
