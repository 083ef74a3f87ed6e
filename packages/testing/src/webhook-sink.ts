import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type ReceivedRequest = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The bytes as received, which a signature covers. */
  body: string;
  receivedAt: Date;
};

export type SinkAnswer = {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  delayMs?: number;
  /** Ends the connection instead of answering. */
  hangUp?: boolean;
};

export type WebhookSink = AsyncDisposable & {
  url: string;
  requests: ReceivedRequest[];
  /** Sets the answer from now on; a function gets the request and how many came before. */
  respondWith: (
    answer: SinkAnswer | ((request: ReceivedRequest, index: number) => SinkAnswer),
  ) => void;
  close: () => Promise<void>;
};

/** An HTTP server that records requests and gives scripted answers; 200 by default. */
export async function startWebhookSink(port = 0, host = '127.0.0.1'): Promise<WebhookSink> {
  const requests: ReceivedRequest[] = [];
  let answerTo: (request: ReceivedRequest, index: number) => SinkAnswer = () => ({});
  const server = createServer((request, response) => {
    void readRequest(request).then(async (received) => {
      const index = requests.push(received) - 1;
      const {
        status = 200,
        headers = {},
        body = '',
        delayMs = 0,
        hangUp,
      } = answerTo(received, index);
      if (delayMs > 0) await delay(delayMs, undefined, { ref: false });
      if (hangUp) request.socket.destroy();
      else response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    requests,
    respondWith: (answer) => (answerTo = typeof answer === 'function' ? answer : () => answer),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readRequest(request: IncomingMessage): Promise<ReceivedRequest> {
  const receivedAt = new Date();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: Buffer.concat(chunks).toString(),
    receivedAt,
  };
}
