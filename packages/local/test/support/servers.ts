import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Gateway, startGateway } from '../../src/index.js';

const open: { close: () => Promise<void> }[] = [];

/** Registers something to close at the end of the test; the last registered is closed first. */
export function closeAfterTest<T extends { close: () => Promise<void> }>(one: T): T {
  open.push(one);
  return one;
}

export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).reverse()) await one.close();
}

export type Service = {
  url: string;
  /** Number of open connections. */
  connections: () => number;
};

/** An HTTP server in place of a service; it is ready unless its listener says otherwise. */
export async function startService(listener: RequestListener): Promise<Service> {
  let connections = 0;
  const server = createServer(listener);
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => (connections -= 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfterTest({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, connections: () => connections };
}

type Targets = Partial<Parameters<typeof startGateway>[0]>;

export async function gatewayTo(targets: Targets): Promise<Gateway> {
  const options = { port: 0, host: '127.0.0.1', ingest: [], api: [], ...targets };
  return closeAfterTest(await startGateway(options));
}

/** The body of a request, when it is complete. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}
