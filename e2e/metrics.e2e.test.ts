import { SAME_IN_REPLICAS, VERSION } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readText } from './support/compose-file.js';
import { readSelectors, readSeries, type Series } from './support/metric-series.js';
import { type Cluster, type Member, startCluster } from './support/start-cluster.js';

type Rule = { alert: string; expr: string; for?: string; annotations: Record<string, string> };
type Panel = { title: string; targets?: { expr: string }[] };

const { groups } = parse(readText('deploy/observability/prometheus-rules.yaml')) as {
  groups: { rules: Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const runbook = readText('docs/runbook.md');
const { panels } = JSON.parse(readText('deploy/observability/dashboard.json')) as {
  panels: Panel[];
};
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr })),
);

/** Series of these metrics begin with their first event; a source, a provider or a quota makes one. */
const LATER = ['calseta_provider_quota_left', 'calseta_waiting_lookups'];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 300_000);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
}, 300_000);

const textOf = async ({ process }: Member) => await (await fetch(`${process.url}/metrics`)).text();
const seriesOf = async (member: Member) => readSeries(await textOf(member));
const allSeries = async () => (await Promise.all(cluster.members.map(seriesOf))).flat();

describe('the alert rules', () => {
  test.each(rules)(
    '$alert asks for series that are there before anything happened',
    async ({ expr }) => {
      const selectors = readSelectors(expr);
      expect(selectors.length).toBeGreaterThan(0);
      await eventually(async () => {
        const series = await allSeries();
        const missing = selectors.filter(
          ({ name, matches }) => !LATER.includes(name) && !series.some(matches),
        );
        expect(missing.map(({ text }) => text)).toEqual([]);
      });
    },
  );

  test('are those of the runbook', () => {
    const rows = [...runbook.matchAll(/^\| `(Calseta\w+)` +\| `(calseta_[a-z_]+)/gm)];
    const told = rows.map(([, alert, metric]) => ({ alert, metric }));
    const asked = rules.map(({ alert, expr }) => {
      const [name = ''] = readSelectors(expr).map((selector) => selector.name);
      return { alert, metric: name.replace(/_bucket$/, '') };
    });
    expect(told).toEqual(asked);
  });
});

test.each(rules)('$alert has a section that says what to do', ({ alert, annotations }) => {
  const page = readText('docs/alerts.md');
  const [, section = ''] = page.split(`\n## ${alert}\n`);
  const [own = ''] = section.split('\n## ');
  expect(annotations['runbook']).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
  for (const part of ['**Means.**', '**Look.**', '**Do.**']) expect(own).toContain(part);
});

describe('the dashboard', () => {
  test('asks each query once, under a title of its own', () => {
    expect(queries.length).toBeGreaterThan(20);
    expect(new Set(queries.map(({ expr }) => expr)).size).toBe(queries.length);
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test.each(queries)('$title: $expr', async ({ expr }) => {
    const names = [...expr.matchAll(/\b(?:calseta|nodejs|process)_[a-z_]+/g)].map(([name]) => name);
    const labels = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(', '),
    );
    expect(names).toHaveLength(1);
    await eventually(async () => {
      const texts = (await Promise.all(cluster.members.map(textOf))).join('\n');
      const [name = ''] = names;
      expect(texts).toMatch(new RegExp(`^# TYPE ${name.replace(/_bucket$/, '')} `, 'm'));
      // Prometheus adds `instance`.
      const [one] = readSeries(texts).filter((series) => series.name === name);
      const unknown = labels.filter(
        (label) => label !== 'instance' && !(label in (one?.labels ?? {})),
      );
      if (one) expect(unknown).toEqual([]);
    });
  });
});

test('each process says what it is', async () => {
  const built = (await allSeries()).filter(({ name }) => name === 'calseta_build_info');
  expect(built.map(({ labels }) => labels['service']).sort()).toEqual([
    'alerts-api',
    'dispatcher',
    'enricher',
    'extractor',
    'ingest-api',
  ]);
  expect(new Set(built.map(({ labels }) => labels['version']))).toEqual(new Set([VERSION]));
});

test('a gauge that replicas repeat says so', async () => {
  const texts = await Promise.all(cluster.members.map(textOf));
  const repeated = texts.flatMap((text) =>
    [...text.matchAll(/^# HELP (\w+) (.*)$/gm)]
      .filter(([, , help = '']) => help.includes(SAME_IN_REPLICAS))
      .map(([, name]) => name),
  );
  expect([...new Set(repeated)].sort()).toEqual([
    'calseta_agents_disabled',
    'calseta_alerts_aside',
    'calseta_audit_pending_seconds',
    'calseta_breakers_open',
    'calseta_config_version_newest',
    'calseta_deliveries',
    'calseta_delivery_oldest_pending_seconds',
    'calseta_provider_quota_left',
    'calseta_queue_depth',
    'calseta_sources_silent',
    'calseta_stage_backlog',
    'calseta_stage_oldest_age_seconds',
    'calseta_waiting_lookups',
  ]);
});

test('the runbook names metrics that there are', async () => {
  const named = new Set(runbook.match(/\bcalseta_[a-z_]+/g));
  const texts = await Promise.all(cluster.members.map(textOf));
  const there = texts.flatMap((text) =>
    [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name),
  );
  expect(named.size).toBeGreaterThan(5);
  expect([...named].filter((name) => !there.includes(name))).toEqual([]);
});

describe('counters', () => {
  const zeros = async (member: Member, name: string) => {
    const isThere = (series: Series) => series.name === name && series.value === 0;
    return (await seriesOf(member)).filter(isThere).map(({ labels }) => labels);
  };

  test.each([
    ['extractor', 'extractor.alert-ingested'],
    ['enricher', 'enricher.alert-extracted'],
    ['dispatcher', 'dispatcher.alert-enriched'],
  ] as const)('of %s begin at 0 for its own queues and every outcome', async (name, queue) => {
    const [member] = cluster.named(name);
    const expected = ['acked', 'retried', 'dead_lettered'].flatMap((outcome) => [
      { queue, outcome },
      { queue: `${queue}.urgent`, outcome },
    ]);
    const handled = await zeros(member!, 'calseta_messages_handled_total');
    expect(handled).toHaveLength(expected.length);
    expect(handled).toEqual(expect.arrayContaining(expected));
    expect(await zeros(member!, 'calseta_sweep_failures_total')).toEqual([{ subscription: name }]);
    expect(await zeros(member!, 'calseta_alerts_swept_total')).toEqual([{ subscription: name }]);
  });

  test('of ingest-api begin at 0 for every source that is configured', async () => {
    const [member] = cluster.named('ingest-api');
    const source = 'metrics_test';
    await cluster.api.ask('POST', '/v1/sources', {
      name: source,
      field_mapping: { fields: { title: 'title' } },
    });
    await eventually(async () => {
      const ingested = await zeros(member!, 'calseta_alerts_ingested_total');
      for (const name of ['generic', 'sentinel', source]) {
        const of = ingested.filter((labels) => labels['source'] === name);
        expect(of.map(({ status }) => status)).toEqual([
          'queued',
          'deduplicated',
          'updated',
          'noted',
          'quarantined',
        ]);
      }
    });
  });

  test('of alerts-api begin at 0 for every route, with what it answers and with failures', async () => {
    const [member] = cluster.named('alerts-api');
    const requests = await zeros(member!, 'calseta_http_requests_total');
    const of = requests.filter(({ route, method }) => route === '/v1/agents' && method === 'POST');
    expect(of.map(({ status }) => status).sort()).toEqual(['201', '500', '503']);
    expect(new Set(requests.map(({ route }) => route)).size).toBeGreaterThan(30);
  });
});
