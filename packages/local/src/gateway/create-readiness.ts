import { get } from 'node:http';
import { isReady } from '../processes/is-ready.js';
import { agentOver } from './agent-over.js';
import { type Upstream } from './create-upstream.js';

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Creates the function that lists what is not ready: URLs that do not answer 200, and services that a
 * request does not reach. Concurrent callers share one answer.
 */
export function createReadiness(urls: string[], upstreams: Upstream[]): () => Promise<string[]> {
  let asking: Promise<string[]> | undefined;
  return async () => await (asking ??= ask(urls, upstreams).finally(() => (asking = undefined)));
}

async function ask(urls: string[], upstreams: Upstream[]): Promise<string[]> {
  const found = await Promise.all([
    ...urls.map(async (url) => ((await isReady(url)) ? [] : [url])),
    ...upstreams.map(async (upstream) => ((await reaches(upstream)) ? [] : [upstream.name])),
  ]);
  return found.flat();
}

/** Uses the same path as requests, so that it detects what blocks them. */
async function reaches(upstream: Upstream): Promise<boolean> {
  const connection = await upstream.open();
  if (typeof connection === 'string') return false;
  const { socket, url } = connection;
  return await new Promise((resolve) => {
    const options = { agent: agentOver(socket), timeout: ANSWER_TIMEOUT_MS };
    const asking = get(new URL('/readyz', url), options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(false));
  });
}
