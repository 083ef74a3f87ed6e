import { type OccurrenceResource, SEVERITIES } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AgentSink, configEffective, startAgentSink } from './support/agent-sink.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

type Result = { alert_uuid: string; status: string; duplicate_count: number };
type Alert = {
  severity: string;
  title: string;
  pipeline_stage: string;
  revision: number;
  native_alert_id?: string;
};

let pipeline: Pipeline;
let sink: AgentSink;

beforeAll(async () => {
  pipeline = await startPipeline({
    transport: 'rabbitmq',
    replicas: { 'ingest-api': 2 },
    env: { UPDATE_GATHERING_MS: '1000' },
  });
  sink = await startAgentSink(pipeline.api);
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
});

const ingest = async (body: unknown): Promise<Result> =>
  await pipeline.api.ask('POST', '/v1/ingest/generic', body);
const alertOf = async (uuid: string) => await pipeline.api.ask<Alert>('GET', `/v1/alerts/${uuid}`);
const occurrencesOf = async (uuid: string) =>
  await pipeline.api.ask<OccurrenceResource[]>(
    'GET',
    `/v1/alerts/${uuid}/occurrences?page_size=500`,
  );
const activityOf = async (uuid: string) =>
  await pipeline.api.ask<{ kind: string; detail: Record<string, unknown> }[]>(
    'GET',
    `/v1/alerts/${uuid}/activity?page_size=500`,
  );
const indicatorsOf = async (uuid: string) => {
  const found = await pipeline.api.ask<{ value: string }[]>(
    'GET',
    `/v1/alerts/${uuid}/indicators?page_size=500`,
  );
  return found.map(({ value }) => value);
};

describe('an update', () => {
  test('is pushed to the agents that match now, with what changed', async () => {
    const all = await sink.register();
    const declining = await sink.register();
    const high = await sink.register({ triggerFilter: { min_severity: 'High' } });
    for (const { uuid } of [declining, high]) {
      await pipeline.api.ask('PATCH', `/v1/agents/${uuid}`, { receive_updates: false });
    }
    await configEffective();
    const first = {
      title: 'Esc',
      native_alert_id: 'esc1',
      severity: 'Low',
      src_ip: '45.155.205.121',
    };
    const { alert_uuid: uuid } = await ingest(first);
    await eventually(() => expect(all.pushes()).toHaveLength(1));
    const second = {
      ...first,
      title: 'Esc now critical',
      severity: 'Critical',
      src_ip: '45.155.205.122',
      description: 'ransom note found',
    };
    expect(await ingest(second)).toMatchObject({ alert_uuid: uuid, status: 'updated' });
    await eventually(() => {
      expect(all.pushes()).toHaveLength(2);
      expect(high.pushes()).toHaveLength(1);
    });
    const [before, after] = all.pushes().map(({ payload }) => payload.alert);
    expect(before?._metadata.update).toBeUndefined();
    expect(after).toMatchObject({ severity: 'Critical', title: 'Esc now critical' });
    const changes = [
      { field: 'severity', from: 'Low', to: 'Critical' },
      { field: 'title', from: 'Esc', to: 'Esc now critical' },
      { field: 'description', from: null, to: 'ransom note found' },
      { field: 'indicators', from: [], to: [{ type: 'ip', value: '45.155.205.122' }] },
    ];
    expect(after?._metadata.update).toEqual({ previous_revision: 1, changes });
    expect(await indicatorsOf(uuid)).toEqual(
      expect.arrayContaining(['45.155.205.121', '45.155.205.122']),
    );
    expect(await occurrencesOf(uuid)).toMatchObject([{ raw_payload: second, changes }]);
    await eventually(async () => {
      const kinds = (await activityOf(uuid)).map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['source_updated', 'revised']));
      expect(kinds.filter((kind) => kind === 'dispatched')).toHaveLength(2);
    });
    expect(declining.pushes()).toHaveLength(1);

    await ingest(second);
    await ingest(second);
    const lines = (await activityOf(uuid)).filter(({ kind }) => kind === 'repeated');
    expect(lines.map(({ detail }) => detail['count'])).toEqual([2]);
  });

  test('that comes with the first message neither delays its push nor is lost', async () => {
    const agent = await sink.register();
    await configEffective();
    const evidence = Array.from({ length: 20 }, (_, index) => ({
      title: 'Suspicious PowerShell',
      native_alert_id: 'da999_1',
      ...(index > 0 && { src_ip: `45.155.204.${index}` }),
    }));
    const { results } = await pipeline.api.ask<{ results: Result[] }>(
      'POST',
      '/v1/ingest/generic',
      evidence,
    );
    const [uuid, ...others] = new Set(results.map(({ alert_uuid }) => alert_uuid));
    expect(others).toEqual([]);
    await eventually(async () => {
      const pushes = agent.pushes().filter(({ payload }) => payload.alert.uuid === uuid);
      expect(pushes).toHaveLength(2);
      expect(pushes[0]?.payload.alert._metadata.update).toBeUndefined();
      expect(pushes[1]?.payload.indicators).toHaveLength(19);
      expect(await indicatorsOf(uuid!)).toHaveLength(19);
    });
    expect(await occurrencesOf(uuid!)).toHaveLength(19);
  });

  test('of 50 at once over two replicas loses no indicator and no severity', async () => {
    const first = { title: 'Many', native_alert_id: 'many-1', severity: 'Informational' };
    const { alert_uuid: uuid } = await ingest(first);
    const values = Array.from({ length: 50 }, (_, index) => `45.155.206.${index + 1}`);
    await Promise.all(
      values.map(async (src_ip, index) => {
        await ingest({ ...first, src_ip, severity: SEVERITIES[(index % 4) + 2] });
      }),
    );
    await eventually(async () => {
      expect(await alertOf(uuid)).toMatchObject({
        severity: 'Critical',
        pipeline_stage: 'dispatched',
      });
      expect((await indicatorsOf(uuid)).sort()).toEqual([...values].sort());
    });
  });
});

describe('alerts that are no repeats', () => {
  test('have ids that are told apart by the digits that were sent', async () => {
    const send = async (id: string) =>
      await ingest(`{"title":"Malware","alert_id":${id},"severity":"High","hosts":["A"]}`);
    const ids = ['9007199254740993123', '9007199254740993124'];
    const [one, other] = [await send(ids[0]!), await send(ids[1]!)];
    expect(other.alert_uuid).not.toBe(one.alert_uuid);
    expect((await alertOf(one.alert_uuid)).native_alert_id).toBe(ids[0]);
    expect(await send(ids[0]!)).toMatchObject({ alert_uuid: one.alert_uuid });
  });

  test('or are readable as an occurrence, whatever leaf differs', async () => {
    const text = fc.string({ minLength: 1, maxLength: 10 });
    const leaf = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
    const names = fc.constantFrom('share', 'object', 'port', 'user_id', 'note', 'is_admin');
    const details = fc.dictionary(names, leaf, { maxKeys: 4 });
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const aBody = fc.record({
      title: fc.constantFrom('Mass file read', 'Logon refused'),
      severity: fc.constantFrom(...SEVERITIES),
      description: optional(fc.constantFrom('on web1', 'on web2', 'seen 5 times', 'seen 6 times')),
      native_alert_id: optional(fc.constantFrom('n-1', 'n-2')),
      source_rule_id: optional(fc.constantFrom('r-1', 'r-2')),
      src_ip: optional(fc.constantFrom('45.155.207.1', '45.155.207.2')),
      hosts: optional(fc.subarray(['web1', 'web2'])),
      tags: optional(fc.subarray(['a', 'b'])),
      details,
      rows: fc.array(details, { maxLength: 2 }),
    });
    const pair = fc.tuple(aBody, aBody, fc.integer({ min: 0, max: 2 }));
    await fc.assert(
      fc.asyncProperty(pair, async ([one, other, likeness]) => {
        // They often differ in only one place.
        const second = [
          other,
          { ...one, details: other.details },
          { ...one, severity: other.severity },
        ][likeness];
        const bodies = [one, second].map((body) => JSON.parse(JSON.stringify(body)) as unknown);
        const [first, repeat] = [await ingest(bodies[0]), await ingest(bodies[1])];
        if (first.alert_uuid !== repeat.alert_uuid) return;
        const kept = (await occurrencesOf(first.alert_uuid)).map(({ raw_payload }) => raw_payload);
        const raw = await pipeline.api.ask<{ raw_payload: unknown }>(
          'GET',
          `/v1/alerts/${first.alert_uuid}`,
        );
        expect([raw.raw_payload, ...kept]).toContainEqual(bodies[1]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the end of an alert', () => {
  const firing = (status: string, fingerprint: string) => ({
    version: '4',
    status,
    alerts: [
      {
        status,
        labels: { alertname: 'FalcoShell2', severity: 'critical' },
        annotations: { summary: 'shell in pod' },
        startsAt: '2026-11-28T10:00:00Z',
        endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-28T10:30:00Z',
        generatorURL: 'http://prom/x',
        fingerprint,
      },
    ],
  });
  const send = async (source: string, body: unknown) =>
    await pipeline.api.ask<Result>('POST', `/v1/ingest/${source}`, body);
  const pathOf = (uuid: string) => `/v1/alerts/${uuid}`;

  test('is noted, and opens nothing where the alert is closed', async () => {
    const { alert_uuid: uuid } = await send('alertmanager', firing('firing', 'fp1'));
    expect(await send('alertmanager', firing('resolved', 'fp1'))).toMatchObject({
      alert_uuid: uuid,
      status: 'noted',
      is_duplicate: false,
    });
    expect(await alertOf(uuid)).toMatchObject({ status: 'Open', source_status: 'resolved' });
    for (const status of ['Triaging', 'Closed']) {
      await pipeline.api.ask('PATCH', pathOf(uuid), { status });
    }
    const late = { ...firing('resolved', 'fp1'), externalURL: 'http://am', note: 'again' };
    expect(await send('alertmanager', late)).toMatchObject({ alert_uuid: uuid, status: 'noted' });
    expect(await occurrencesOf(uuid)).toHaveLength(2);
  });

  test('closes the alert where its source is set so', async () => {
    await pipeline.api.ask('PATCH', '/v1/sources/alertmanager', { on_resolved: 'close' });
    await configEffective();
    const { alert_uuid: uuid } = await send('alertmanager', firing('firing', 'fp2'));
    await send('alertmanager', firing('resolved', 'fp2'));
    expect(await alertOf(uuid)).toMatchObject({ status: 'Closed' });
    const moves = (await activityOf(uuid)).filter(({ kind }) => kind === 'updated');
    expect(moves.map(({ detail }) => detail['status'])).toEqual([
      { from: 'Open', to: 'Triaging' },
      { from: 'Triaging', to: 'Closed' },
    ]);
  });

  test.each([
    ['alertmanager', firing('resolved', 'never')],
    [
      'sentinel',
      {
        object: {
          name: 'inc-88',
          properties: { title: 'Closed one', severity: 'High', status: 'Closed' },
        },
      },
    ],
    [
      'aws_guardduty',
      {
        'detail-type': 'GuardDuty Finding',
        detail: {
          id: 'a1',
          type: 'Recon:EC2/Portscan',
          severity: 5,
          title: 'T',
          service: { archived: true },
        },
      },
    ],
  ])('of %s that was never seen is kept closed, and pushed to nobody', async (source, body) => {
    const agent = await sink.register({ triggerFilter: { source_names: [source] } });
    await configEffective();
    const { alert_uuid: uuid, status } = await send(source, body);
    expect(status).toBe('noted');
    expect(await alertOf(uuid)).toMatchObject({ status: 'Closed', pipeline_stage: 'dispatched' });
    const closed = await pipeline.api.ask<{ uuid: string }[]>('GET', '/v1/alerts?status=Closed');
    expect(closed.map((alert) => alert.uuid)).toContain(uuid);
    expect(await pipeline.api.ask('GET', `${pathOf(uuid)}/deliveries`)).toEqual([]);
    // An alert of the test before may still be on its way.
    expect(agent.pushes().filter(({ payload }) => payload.alert.uuid === uuid)).toEqual([]);
  });
});
