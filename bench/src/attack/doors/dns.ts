import { newUuid } from '@calseta/common';
import { waitUntil } from '@calseta/local';
import { type DnsReply } from '@calseta/testing';
import { all, below, none } from '../../report/goals.js';
import { callApi } from '../../system/call-api.js';
import { configEffective } from '../../system/config-effective.js';
import { type Door } from '../door.js';
import { removeAll } from '../remove-all.js';
import { createZone, type Zone } from '../ssrf/create-zone.js';
import { FORBIDDEN_PATH, type Sinks, startSinks } from '../ssrf/start-sinks.js';
import { createWebhooks } from '../ssrf/webhooks.js';
import { ALLOWED_ADDRESS, type Target } from '../target/start-target.js';

const ALLOWED = { addresses: [ALLOWED_ADDRESS] };
const FORBIDDEN = { addresses: ['127.0.0.2'] };
/** Names that resolve to a forbidden address from the first lookup on. */
const PRIVATE: Record<string, DnsReply> = {
  plain: FORBIDDEN,
  mapped: { addresses: ['::ffff:127.0.0.2'] },
  nat64: { addresses: ['64:ff9b::7f00:2'] },
  'sixth-loopback': { addresses: ['::1'] },
  unspecified: { addresses: ['0.0.0.0'] },
  metadata: { addresses: ['169.254.169.254'] },
  alias: { ...FORBIDDEN, aliases: [['alias.attack.test', 'localhost']] },
};
const PUSHES = { full: 40, short: 10 };
/** Agents whose names no server resolves, and alerts that go to them and to a working agent. */
const DEAD = 4;
const ALERTS = { full: 10, short: 3 };
const MAX_DELAY_MS = { full: 2_000, short: 15_000 };
const MAX_REGISTRATION_MS = { full: 8_000, short: 20_000 };
const PUSH_TIMEOUT_MS = 60_000;

export const dns: Door = {
  name: 'dns',
  summary:
    'Names of webhooks lead to forbidden addresses, change their mind, or are never answered',
  async attack({ target, size }) {
    const zone = createZone(target.dns);
    await using sinks = await startSinks();
    await using webhooks = createWebhooks(target);
    const urlOf = (label: string, path: string) =>
      `http://${zone.nameOf(label)}:${sinks.port}${path}`;

    const taken: string[] = [];
    for (const [label, resolution] of Object.entries(PRIVATE)) {
      zone.set(label, resolution);
      const { status, uuid } = await webhooks.register(urlOf(label, FORBIDDEN_PATH));
      if (status !== 422) taken.push(`${label}: ${status}`);
      if (uuid !== undefined) await webhooks.remove(uuid);
    }
    const asked = all(
      'names that the resolver asks the local server for',
      Object.keys(PRIVATE).filter(zone.isAskedFor).length,
      Object.keys(PRIVATE).length,
    );
    // A target that uses other DNS servers cannot get false answers, and must not call other machines.
    if (!asked.isMet) return { goals: [asked] };

    // Allowed at registration; afterwards a forbidden address, always or every other time.
    const turncoats = await Promise.all(
      ['rebound', 'alternating', 'both'].map(async (label) => {
        zone.set(label, ALLOWED);
        return (await webhooks.register(urlOf(label, '/turncoat'))).uuid;
      }),
    );
    const both = { addresses: [...FORBIDDEN.addresses, ...ALLOWED.addresses] };
    zone.set('rebound', FORBIDDEN);
    zone.set('alternating', (index) => (index % 2 === 0 ? ALLOWED : FORBIDDEN));
    zone.set('both', both);
    const registered = turncoats.filter((uuid) => uuid !== undefined);
    for (let push = 0; push < PUSHES[size]; push += 1)
      await Promise.all(registered.map(async (uuid) => await webhooks.push(uuid)));
    for (const uuid of registered) await webhooks.remove(uuid);

    const dead = await delayByDeadNames(target, zone, sinks, ALERTS[size]);
    const reached = sinks.forbidden();
    return {
      goals: [
        asked,
        none('names of forbidden addresses that were registered', taken.length, taken),
        all('agents whose names were good at registration', registered.length, turncoats.length),
        none('requests that reached a forbidden address', reached.length, reached),
        below('longest registration of an agent whose name is never answered', dead.registrationMs, MAX_REGISTRATION_MS[size], 'ms'),
        all(`pushes to a good agent beside ${DEAD} whose names are never answered`, dead.pushes, ALERTS[size]),
        below('longest delay of these', dead.longestMs, MAX_DELAY_MS[size], 'ms'),
      ], // prettier-ignore
    };
  },
};

type DeadNames = { registrationMs: number; pushes: number; longestMs: number };

/** Time from the 202 to the push, one alert after another, so that none waits for the previous one. */
async function delayByDeadNames(
  target: Target,
  zone: Zone,
  sinks: Sinks,
  alerts: number,
): Promise<DeadNames> {
  const register = async (label: string): Promise<number> => {
    const startedAt = performance.now();
    await callApi(target, 'POST', '/v1/agents', {
      name: label,
      webhook_url: `http://${zone.nameOf(label)}:${sinks.port}/${label}`,
    });
    return performance.now() - startedAt;
  };
  zone.set('good', ALLOWED);
  await register('good');
  const registrations = await Promise.all(
    Array.from({ length: DEAD }, async (_, index) => {
      zone.set(`dead-${index}`, { isSilent: true });
      return await register(`dead-${index}`);
    }),
  );
  await configEffective();
  const delays: number[] = [];
  for (let index = 0; index < alerts; index += 1) {
    const marker = newUuid();
    await callApi(target, 'POST', '/v1/ingest/generic', { title: `Beside dead names ${marker}` });
    const startedAt = performance.now();
    const hasArrived = () =>
      sinks.allowed.requests.some(({ path, body }) => path === '/good' && body.includes(marker));
    const options = { timeoutMs: PUSH_TIMEOUT_MS, intervalMs: 10 };
    if (await waitUntil(hasArrived, options)) delays.push(performance.now() - startedAt);
  }
  await removeAll(target, '/v1/agents');
  return {
    registrationMs: Math.max(...registrations),
    pushes: delays.length,
    longestMs: Math.max(0, ...delays),
  };
}
