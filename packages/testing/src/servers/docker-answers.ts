import { request, type RequestOptions } from 'node:http';

const PING_TIMEOUT_MS = 1_000;
const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Whether a Docker engine answers; a client alone is not enough. */
export function dockerAnswers(dockerHost: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ ...target(dockerHost), path: '/_ping', timeout: PING_TIMEOUT_MS });
    ping.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => resolve(false));
    ping.once('close', () => resolve(false));
    ping.end();
  });
}

function target(dockerHost: string | undefined): RequestOptions {
  if (!dockerHost) return { socketPath: DEFAULT_SOCKET };
  const url = new URL(dockerHost);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  return { hostname: url.hostname, port: url.port || '2375' };
}
