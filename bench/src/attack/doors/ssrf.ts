import { all, none } from '../../report/goals.js';
import { type Door } from '../door.js';
import { forEachOf } from '../for-each-of.js';
import { forbiddenUrls } from '../ssrf/spellings.js';
import {
  FORBIDDEN_ADDRESSES,
  FORBIDDEN_PATH,
  type Sinks,
  startSinks,
} from '../ssrf/start-sinks.js';
import { createWebhooks, type Webhooks } from '../ssrf/webhooks.js';

const CONCURRENCY = 8;
const REDIRECTS = [300, 301, 302, 303, 307, 308];

export const ssrf: Door = {
  name: 'ssrf',
  summary:
    'Webhooks at every spelling of private, loopback and metadata addresses, at registration, by change and by redirect',
  async attack({ target }) {
    await using sinks = await startSinks();
    await using webhooks = createWebhooks(target);
    const agent = await webhooks.register(`${sinks.allowed.url}/agent`);
    const uuid = agent.uuid ?? '';
    const control = await webhooks.push(uuid);
    const accepted: string[] = [];
    const urls = forbiddenUrls(sinks.port, FORBIDDEN_PATH);
    await forEachOf(urls, CONCURRENCY, async ({ url, isLoopback }) => {
      if (await isTaken(webhooks, url, isLoopback)) accepted.push(url);
    });
    const moved: string[] = [];
    for (const { url } of urls) {
      if ((await webhooks.move(uuid, url)) === 422) continue;
      moved.push(url);
      await webhooks.move(uuid, `${sinks.allowed.url}/agent`);
    }
    await followRedirects(sinks, webhooks, uuid);
    await webhooks.remove(uuid);
    const reached = sinks.forbidden();
    return {
      goals: [
        all('pushes to the one address that is allowed', control === 'delivered' ? 1 : 0, 1),
        none('forbidden URLs that were registered', accepted.length, accepted),
        none('forbidden URLs that an agent could be moved to', moved.length, moved),
        none('requests that reached a forbidden address', reached.length, reached),
      ],
      notes: [`${urls.length} URLs, and redirects by ${REDIRECTS.join(', ')}.`],
    };
  },
};

/** Accepted URLs that point to this machine get a test push, so that the sinks notice; other hosts never do. */
async function isTaken(webhooks: Webhooks, url: string, isLoopback: boolean): Promise<boolean> {
  const { status, uuid } = await webhooks.register(url);
  if (uuid === undefined) return status < 400 || status >= 500;
  if (isLoopback) await webhooks.push(uuid);
  await webhooks.remove(uuid);
  return true;
}

async function followRedirects(sinks: Sinks, webhooks: Webhooks, uuid: string): Promise<void> {
  for (const status of REDIRECTS) {
    for (const address of FORBIDDEN_ADDRESSES) {
      const host = address.includes(':') ? `[${address}]` : address;
      const location = `http://${host}:${sinks.port}${FORBIDDEN_PATH}`;
      sinks.allowed.respondWith({ status, headers: { location, refresh: `0; url=${location}` } });
      await webhooks.push(uuid);
    }
  }
  sinks.allowed.respondWith({});
}
