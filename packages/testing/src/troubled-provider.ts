import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

const HUGE_BYTES = 50 * 1_024 * 1_024;
const CHUNK = Buffer.alloc(64 * 1_024, 'x');
const DRIP_MS = 50;
const JSON_TYPE = { 'content-type': 'application/json' };

const ANSWERS = {
  hangs: () => undefined,
  'answers 500': (response) => response.writeHead(500, JSON_TYPE).end('{"error":"down"}'),
  'answers 50 MB': (response) => sendHuge(response),
  'answers HTML with 200': (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Just a moment…</html>'),
  drips(response) {
    response.writeHead(200, JSON_TYPE);
    const timer = setInterval(() => response.write(' '), DRIP_MS);
    response.on('close', () => clearInterval(timer));
  },
} satisfies Record<string, (response: ServerResponse) => unknown>;

export type Trouble = keyof typeof ANSWERS;
export const TROUBLES = Object.keys(ANSWERS) as Trouble[];

/** A provider over HTTP that answers every request in the way that was set last. */
export interface TroubledProvider extends AsyncDisposable {
  url: string;
  /** Requests since the last call of `behave`. */
  asked(): number;
  /** From now on; a JSON body is answered after some milliseconds, as a provider does that is well. */
  behave(how: Trouble | { body: string; delayMs: number }): void;
  /** Ends all answers under way. */
  cut(): void;
}

export async function startTroubledProvider(): Promise<TroubledProvider> {
  let answer: (response: ServerResponse) => unknown = ANSWERS.hangs;
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    behave(how) {
      asked = 0;
      answer = typeof how === 'string' ? ANSWERS[how] : (response) => sendLate(response, how);
    },
    cut: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendLate(
  response: ServerResponse,
  { body, delayMs }: { body: string; delayMs: number },
): void {
  setTimeout(() => response.writeHead(200, JSON_TYPE).end(body), delayMs);
}

function sendHuge(response: ServerResponse): void {
  response.writeHead(200, JSON_TYPE);
  let left = HUGE_BYTES;
  const send = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) {
        response.once('drain', send);
        return;
      }
    }
    response.end();
  };
  send();
}
