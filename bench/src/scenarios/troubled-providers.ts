import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@calseta/local';
import { startTroubledProvider, type Trouble, TROUBLES } from '@calseta/testing';
import { type Section } from '../report/section.js';
import { callApi } from '../system/call-api.js';
import { configEffective } from '../system/config-effective.js';
import { HOW_SERVICES_LOG, type System } from '../system/start-system.js';
import { median, percentiles } from '../tools/statistics.js';
import { type Scenario } from './scenario.js';

const ANSWER_MS = 20;
const PER_SECOND = { addresses: 40, domains: 10 };
const BATCHES_PER_SECOND = 10;
const WARM_UP_MS = 2_000;
const QUOTAS = [{ limit: 100_000, window_seconds: 60 }];
const WANTED_RATIO = 1.2;
const DRAIN_TIMEOUT_MS = 120_000;

const ABOUT_ADDRESSES = JSON.stringify({
  data: { abuseConfidenceScore: 90, totalReports: 9, countryCode: 'DE' },
});
const ABOUT_DOMAINS = JSON.stringify({
  data: { attributes: { last_analysis_stats: { malicious: 9, harmless: 60 } } },
});

/** Alerts whose providers are well, beside others that ask one in trouble. */
export const troubledProviders: Scenario = {
  name: 'troubled-providers',
  summary: 'alerts beside others whose provider hangs, fails, floods, answers HTML or drips',
  profiled: ['enricher'],
  async run({ runs, seconds, startSystem, say }) {
    await using well = await startTroubledProvider();
    await using troubled = await startTroubledProvider();
    well.behave({ body: ABOUT_ADDRESSES, delayMs: ANSWER_MS });
    await using system = await startSystem({
      env: {
        ABUSEIPDB_API_KEY: 'the-key-of-abuseipdb-0123456789',
        ABUSEIPDB_BASE_URL: well.url,
        VIRUSTOTAL_API_KEY: 'the-key-of-virustotal-0123456789',
        VIRUSTOTAL_BASE_URL: troubled.url,
      },
    });
    await setUp(system);
    const measured = new Map<Trouble | 'none', number[]>();
    for (let number = 1; number <= runs; number += 1) {
      for (const trouble of ['none', ...TROUBLES] as const) {
        troubled.behave(trouble === 'none' ? { body: ABOUT_DOMAINS, delayMs: ANSWER_MS } : trouble);
        const p95 = await measureOnce(system, `${trouble}-${number}`, seconds * 1_000);
        troubled.cut();
        say(`run ${number}, ${trouble}: p95 ${p95.toFixed(0)} ms`);
        measured.set(trouble, [...(measured.get(trouble) ?? []), p95]);
      }
    }
    return report(measured, runs);
  },
};

/** Addresses at the one provider, domains at the other, neither short of quota. */
async function setUp(system: System): Promise<void> {
  const providers = await callApi<{ uuid: string; name: string }[]>(
    system,
    'GET',
    '/v1/enrichment-providers?page_size=100',
  );
  for (const [name, type] of [
    ['abuseipdb', 'ip'],
    ['virustotal', 'domain'],
  ] as const) {
    const uuid = providers.find((provider) => provider.name === name)?.uuid ?? '';
    const changes = { quotas: QUOTAS, indicator_types: [type] };
    await callApi(system, 'PATCH', `/v1/enrichment-providers/${uuid}`, changes);
  }
  await configEffective();
}

/** p95 of the time from receipt to the end of enrichment of the alerts about addresses, ms. */
async function measureOnce(system: System, run: string, ms: number): Promise<number> {
  // Its breakers and what it has learnt of its callees are new.
  const [enricher] = system.instancesOf('enricher');
  await enricher?.process().stop();
  await enricher?.restart();
  await send(system, `${run}-warm-up`, WARM_UP_MS);
  await send(system, run, ms);
  return percentiles(await enrichmentTimes(system, run)).p95;
}

let last = 0;

async function send(system: System, run: string, ms: number): Promise<void> {
  const batches = Math.round((ms / 1_000) * BATCHES_PER_SECOND);
  const startedAt = performance.now();
  const sending: Promise<unknown>[] = [];
  for (let number = 0; number < batches; number += 1) {
    await delay(startedAt + (number * 1_000) / BATCHES_PER_SECOND - performance.now());
    sending.push(
      callApi(
        { apiUrl: system.ingestUrl, apiKey: system.apiKey },
        'POST',
        '/v1/ingest/generic',
        batchOf(run),
      ),
    );
  }
  await Promise.all(sending);
}

function batchOf(run: string): unknown[] {
  return Object.entries(PER_SECOND).flatMap(([kind, perSecond]) =>
    Array.from({ length: perSecond / BATCHES_PER_SECOND }, () => {
      last += 1;
      const indicator =
        kind === 'addresses'
          ? { type: 'ip', value: `45.${last >> 16}.${(last >> 8) & 255}.${last & 255}` }
          : { type: 'domain', value: `bad-${last}.com` };
      return {
        title: `${run} ${kind}`,
        severity: 'High',
        alert_id: `${run}-${last}`,
        indicators: [indicator],
      };
    }),
  );
}

async function enrichmentTimes({ database }: System, run: string): Promise<number[]> {
  const read = async () =>
    (
      await database.pool.query<{ ms: number | null }>(
        `SELECT (extract(epoch FROM enriched_at - received_at) * 1000)::float8 AS ms
           FROM alerts WHERE title = $1`,
        [`${run} addresses`],
      )
    ).rows.map(({ ms }) => ms);
  await waitUntil(async () => (await read()).every((ms) => ms !== null), {
    timeoutMs: DRAIN_TIMEOUT_MS,
    intervalMs: 200,
  });
  return (await read()).map((ms) => {
    if (ms === null) throw new Error(`${run}: not every alert was enriched in time`);
    return ms;
  });
}

function report(measured: ReadonlyMap<Trouble | 'none', number[]>, runs: number): Section {
  const usual = measured.get('none') ?? [];
  const ratios = new Map(
    TROUBLES.map((trouble) => {
      const beside = measured.get(trouble) ?? [];
      return [trouble, median(beside.map((p95, run) => p95 / (usual[run] ?? Number.NaN)))];
    }),
  );
  return {
    title: 'troubled-providers',
    method:
      `${PER_SECOND.addresses} alerts a second about addresses, which one provider is asked about that answers after ${ANSWER_MS} ms, and ${PER_SECOND.domains} about domains, which another is asked about. ` +
      `The time is that of the alerts about addresses from their receipt to the end of enrichment, p95, by the clocks of ingest-api and Postgres; usually the other provider answers after ${ANSWER_MS} ms too. ` +
      `The enricher is new in each of the ${runs} runs of each trouble. ${HOW_SERVICES_LOG}`,
    tables: [
      {
        head: ['the other provider', 'p95, ms', '× usual'],
        rows: [
          ['answers', median(usual), 1],
          ...TROUBLES.map((trouble) => [
            trouble,
            median(measured.get(trouble) ?? []),
            ratios.get(trouble) ?? Number.NaN,
          ]),
        ],
      },
    ],
    goals: TROUBLES.map((trouble) => {
      const ratio = ratios.get(trouble) ?? Number.NaN;
      return {
        name: `beside a provider that ${trouble}`,
        wanted: `≤ ${WANTED_RATIO} × usual`,
        measured: `${ratio.toFixed(2)} ×`,
        isMet: ratio <= WANTED_RATIO,
      };
    }),
    notes: [],
  };
}
