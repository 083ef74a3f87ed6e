import { type Goal } from '../report/section.js';
import { callApi } from '../system/call-api.js';
import { configEffective } from '../system/config-effective.js';
import { type System } from '../system/start-system.js';
import {
  type LoadMethods,
  type LoadPlan,
  type LoadResult,
  type SentAlert,
} from '../tools/load-tool.js';
import { startTool } from '../tools/tool.js';
import { type ChaosSystem } from './chaos-system.js';
import { type Aftermath, type Fault, judgeAnswers, judgeConnections } from './fault.js';

const CONNECTIONS = 256;
/** A hundred times the rate of the whole pipeline: batches come faster than any machine reads them. */
const BATCHES = { perSecond: 400, alerts: 300 };
/** For the other half of the flood, single alerts at much more than the limit of their source. */
const SINGLES_PER_SECOND = 1_000;
const LIMIT_PER_MINUTE = 60;

export const flood: Fault = {
  name: 'flood',
  summary:
    'Distinct alerts come at a hundred times what goes through, in batches, and others from a source with a rate limit',
  full: { alerts: 1_000, alertsPerSecond: 20, rounds: 1, pauseMs: 10_000 },
  // Long enough for dozens of batches, which the sender needs time to write. A long limit, for slow machines.
  short: { alerts: 100, alertsPerSecond: 20, rounds: 1, pauseMs: 500, patienceMs: 60_000 },
  // The accepted alerts are a backlog, which the pipeline processes at its own rate.
  maxDrainSeconds: 180,
  async strike(chaos, { pauseMs, patienceMs }) {
    const run = `flood-${Date.now()}`;
    const limited = await createLimitedSource(chaos.system, run);
    const [batches, singles] = await Promise.all([
      send(chaos, {
        source: 'generic',
        run: `${run}-batches`,
        alerts: BATCHES.alerts,
        perSecond: BATCHES.perSecond,
        ms: pauseMs,
        patienceMs,
      }),
      send(chaos, {
        source: limited,
        run: `${run}-singles`,
        alerts: 1,
        perSecond: SINGLES_PER_SECOND,
        ms: pauseMs,
        patienceMs,
      }),
    ]);
    return aftermath(batches, singles, await storedOf(chaos.system, run));
  },
};

/** A source that reads the alerts of the load and has a rate limit. */
async function createLimitedSource(system: System, name: string): Promise<string> {
  await callApi(system, 'POST', '/v1/sources', {
    name,
    field_mapping: { fields: { title: 'title', native_alert_id: 'alert_id' } },
    rate_limit_per_minute: LIMIT_PER_MINUTE,
  });
  await configEffective();
  return name;
}

type Wave = {
  source: string;
  run: string;
  alerts: number;
  perSecond: number;
  ms: number;
  patienceMs: number | undefined;
};
type Sent = { result: LoadResult; sent: SentAlert[] };

async function send({ gateway, system }: ChaosSystem, wave: Wave): Promise<Sent> {
  await using senders = startTool<LoadMethods>('load-tool');
  const { source, run, alerts, perSecond, ms, patienceMs } = wave;
  const plan: LoadPlan = {
    url: gateway.url,
    path: `/v1/ingest/${source}`,
    apiKey: system.apiKey,
    connections: CONNECTIONS,
    alerts: { run, perRequest: alerts, indicatorPool: 1_000, hasIds: true },
    pace: { kind: 'open', requestsPerSecond: perSecond },
    limit: { ms },
    insists: false,
    ...(patienceMs !== undefined && { timeoutMs: patienceMs }),
  };
  const result = await senders.call('run', plan);
  return { result, sent: await senders.call('takeSent', undefined) };
}

/** Includes refused batches: a part of one may be written, and is then delivered like other alerts. */
async function storedOf({ database }: System, run: string): Promise<SentAlert[]> {
  const { rows } = await database.pool.query<{ uuid: string; at: Date }>(
    `SELECT id AS uuid, received_at AS at FROM alerts WHERE native_alert_id LIKE $1 || '-%'`,
    [run],
  );
  return rows.map(({ uuid, at }) => ({ uuid, atMs: at.getTime() }));
}

function aftermath(batches: Sent, singles: Sent, stored: SentAlert[]): Aftermath {
  const acknowledged = [...batches.sent, ...singles.sent];
  const offered = requestsOf(batches) * BATCHES.alerts + requestsOf(singles);
  const seconds = Math.max(batches.result.seconds, singles.result.seconds);
  return {
    judge: () => [
      ...judgeRefusals('the batches', batches.result, 503),
      ...judgeRefusals('the limited source', singles.result, 429),
    ],
    sent: [...acknowledged, ...stored],
    notes: [
      `${BATCHES.perSecond} batches of ${BATCHES.alerts} alerts a second were due over ${CONNECTIONS} connections, and ${SINGLES_PER_SECOND} single ones ` +
        `of the source that may send ${LIMIT_PER_MINUTE} a minute to each ingest-api; what was refused was not repeated.`,
      `${offered} alerts were offered and answered within ${seconds.toFixed(1)} s; ${acknowledged.length} were acknowledged, ` +
        `and ${stored.length - acknowledged.length} were stored of batches that were refused as a whole.`,
      `Answers to the batches: ${JSON.stringify(batches.result.answers)}; to the limited source: ${JSON.stringify(singles.result.answers)}.`,
    ],
  };
}

const requestsOf = ({ result: { answers } }: Sent): number =>
  Object.values(answers).reduce((sum, count) => sum + count, 0);

function judgeRefusals(sender: string, result: LoadResult, refusal: number): Goal[] {
  const refused = result.answers[refusal] ?? 0;
  const { withoutRetryAfter } = result;
  const goals: Goal[] = [
    judgeAnswers(result, [202, 429, 503]),
    judgeConnections(result),
    {
      name: `requests refused with ${refusal}`,
      wanted: '> 0',
      measured: String(refused),
      isMet: refused > 0,
    },
    {
      name: 'refusals without Retry-After',
      wanted: '0',
      measured: String(withoutRetryAfter),
      isMet: withoutRetryAfter === 0,
    },
  ];
  return goals.map((goal) => ({ ...goal, name: `${sender}: ${goal.name}` }));
}
