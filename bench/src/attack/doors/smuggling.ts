import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { none } from '../../report/goals.js';
import { type Goal } from '../../report/section.js';
import { type Door } from '../door.js';
import { removeAll } from '../remove-all.js';
import { renderVariant } from '../smuggling/render-variant.js';
import { startVictims, victimAddress, type VictimReport } from '../smuggling/start-victims.js';
import { type Variant, variants } from '../smuggling/variants.js';
import { type LogLine } from '../target/read-log.js';
import { type Target } from '../target/start-target.js';
import { openRaw } from '../wire/raw-connection.js';

const ATTEMPTS = { full: 4_000, short: 400 };
const ATTACKERS = 16;
const VICTIMS = 6;
const PAUSE_MS = 30;
/** Time until the first byte of an answer: some servers wait for more of a body for ever. */
const ANSWER_MS = 1_500;
/** When nothing arrives for this time, the answer is complete. */
const QUIET_MS = 60;
/** Time until all requests are logged. */
const LOGGED_MS = 500;
/** A status that means that a request cannot be read; 0 is a connection closed without an answer. */
const UNREADABLE = new Set([0, 400, 405, 411, 413, 414, 417, 431, 501, 505]);

/** Logged for a client that left before it was served: its address is no longer known. */
const GONE = { status: 499, address: 'unknown' };

type Attempt = { variant: Variant; marker: string; from: string; received: string };

export const smuggling: Door = {
  name: 'smuggling',
  summary:
    'Requests that two readers may end at different places carry others inside, beside honest clients',
  async attack({ target, size, seed }) {
    const logStart = await target.logEnd();
    const drawn = fc.sample(variants, { seed, numRuns: ATTEMPTS[size] });
    const victims = await startVictims(target, VICTIMS);
    const attempts = await attemptAll(target, drawn);
    const report = await victims.stop();
    await delay(LOGGED_MS);
    const log = await target.logFrom(logStart);
    await removeAll(target, '/v1/agents');
    return {
      goals: [...judge(target, attempts, log), ...judgeVictims(report)],
      notes: [`${attempts.length} attempts; ${report.answered} answers to honest clients.`],
    };
  },
};

async function attemptAll({ apiUrl }: Target, drawn: readonly Variant[]): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  let next = 0;
  const work = async (attacker: number): Promise<void> => {
    const from = attackerAddress(attacker);
    for (let index = next; index < drawn.length; index = next) {
      next += 1;
      const variant = drawn[index];
      if (!variant) return;
      const marker = `${attackerMarker(attacker)}-${index}`;
      const received = await send(apiUrl, from, variant, marker);
      attempts.push({ variant, marker, from, received });
    }
  };
  await Promise.all(Array.from({ length: ATTACKERS }, (_, attacker) => work(attacker)));
  return attempts;
}

const attackerAddress = (attacker: number): string => `127.66.4.${attacker + 1}`;
const attackerMarker = (attacker: number): string => `attacker-${attacker}`;

/** Everything that was received, as text; empty when the connection was not accepted. */
async function send(url: string, from: string, variant: Variant, marker: string): Promise<string> {
  const connection = await openRaw(url, { from }).catch(() => undefined);
  if (!connection) return '';
  for (const [index, part] of renderVariant(variant, marker).parts.entries()) {
    if (index > 0) await delay(PAUSE_MS);
    connection.write(part);
  }
  await connection.answered(ANSWER_MS);
  await connection.quiet(QUIET_MS);
  connection.close();
  return connection.received();
}

const describe = ({ variant, marker }: Attempt): string =>
  `${marker}: ${variant.method} ${variant.path} (${variant.framing.name}; Connection names [${variant.named.join()}]; ${variant.hosts.length} hosts; ${variant.inner})`;

function judge({ mode }: Target, attempts: readonly Attempt[], log: readonly LogLine[]): Goal[] {
  const metrics = attempts.filter(({ received }) => /^# HELP /m.test(received));
  const others = attempts.filter(({ received }) => received.includes('victim-'));
  const taken = attempts.filter(
    ({ variant, received }) => variant.isInvalid && !UNREADABLE.has(statusOf(received)),
  );
  const strangers = log.filter(isStrange);
  return [
    none(
      'requests that a service took for those of another address',
      strangers.length,
      strangers.map((line) => `${String(line['request_id'])} at ${String(line['client_address'])}`),
    ),
    none("answers with another's words in them", others.length, others.map(describe)),
    none('unreadable requests that were served', taken.length, taken.map(describe)),
    // The one port of standalone serves them by design.
    ...(mode === 'cluster'
      ? [none('answers that show /metrics', metrics.length, metrics.map(describe))]
      : []),
  ];
}

const statusOf = (received: string): number =>
  Number(/^HTTP\/1\.1 (\d{3}) (?!Continue)/m.exec(received)?.[1] ?? 0);

/** Our requests all come from one address; only a forgery or a mix-up changes it. */
function isStrange(line: LogLine): boolean {
  const { event, request_id: id, client_address: address, status } = line;
  if (event !== 'http.request' || status === GONE.status || address === GONE.address) return false;
  const [, who, number] = /^(attacker|victim)-(\d+)-/.exec(String(id)) ?? [];
  if (who === undefined) return String(address).startsWith('203.0.113.');
  const own = who === 'victim' ? victimAddress(Number(number)) : attackerAddress(Number(number));
  return address !== own;
}

const judgeVictims = ({ answered, wrong, refused }: VictimReport): Goal[] => [
  { name: 'honest clients that were answered', wanted: '> 0', measured: String(answered), isMet: answered > 0 },
  none('honest clients that got a wrong answer', wrong.length, wrong),
  none('honest clients that were refused', refused.length, refused),
]; // prettier-ignore
