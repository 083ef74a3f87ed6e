import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A push with a valid signature. */
export type VerifiedPush = { webhookId: string; payload: unknown };

export interface EchoAgent extends AsyncDisposable {
  readonly url: string;
  /** Sets the secret to verify with, once the agent is registered. */
  expect(signingSecret: string): void;
}

const HOST = '127.0.0.1';
/** The agent's address without the port. */
export const ECHO_AGENT_ORIGIN = `http://${HOST}`;
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** A minimal agent: verifies each push with the public library, and passes it to `onPush`. */
export async function startEchoAgent(onPush: (push: VerifiedPush) => void): Promise<EchoAgent> {
  let webhook: Webhook | undefined;

  async function answer(request: IncomingMessage): Promise<number> {
    const body = await readText(request);
    if (!webhook) return 503;
    try {
      const payload = webhook.verify(body, request.headers as Record<string, string>);
      onPush({ webhookId: String(request.headers['webhook-id']), payload });
      return 204;
    } catch {
      return 401;
    }
  }

  const server = createServer((request, response: ServerResponse) => {
    answer(request)
      .then((status) => response.writeHead(status).end())
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${ECHO_AGENT_ORIGIN}:${port}/webhook`,
    expect: (signingSecret) => {
      webhook = new Webhook(signingSecret);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The push is too large for the echo agent.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
