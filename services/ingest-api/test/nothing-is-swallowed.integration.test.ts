import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isVolatile } from '../src/read/volatile.js';
import { startIngestApi, type TestIngestApi } from './start-ingest-api.js';

let api: TestIngestApi;
beforeAll(async () => {
  api = await startIngestApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

/** A body, and the path of the object in it that says what happened. */
type Shape = { source: string; body: Record<string, Json>; event: Path };

let last = 0;
/** Bodies of several sources, each about something new, with an event at another depth. */
const SHAPES: readonly ((event: Json) => Shape)[] = [
  (event) => ({ source: 'generic', body: { title: `T${++last}`, event }, event: ['event'] }),
  (event) => ({
    source: 'generic',
    body: { title: 'T', native_alert_id: `n-${++last}`, details: { deep: [{ event }] } },
    event: ['details', 'deep', 0, 'event'],
  }),
  (event) => ({
    source: 'alertmanager',
    body: {
      status: 'firing',
      groupLabels: { alertname: 'A' },
      commonAnnotations: { event },
      alerts: [
        { status: 'firing', labels: { alertname: `A${++last}` }, startsAt: '2026-11-28T10:00:00Z' },
      ],
    },
    event: ['commonAnnotations', 'event'],
  }),
  (event) => ({
    source: 'ms_graph',
    body: {
      note: event,
      value: [
        {
          id: `g-${++last}`,
          title: 'T',
          severity: 'high',
          createdDateTime: '2026-11-28T10:00:00Z',
        },
      ],
    },
    event: ['note'],
  }),
  (event) => ({
    source: 'crowdstrike',
    body: { resources: [{ composite_id: `c-${++last}`, display_name: 'T', severity: 70, event }] },
    event: ['resources', 0, 'event'],
  }),
  (event) => ({
    source: 'splunk',
    body: { sid: 's', search_name: `S${++last}`, owner: event, result: { _time: '1764324000' } },
    event: ['owner'],
  }),
];

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const key = word.map((name) => `k_${name}`);
const leaf = fc.oneof(
  word,
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.boolean(),
  fc.constantFrom('198.51.100.7', 'CORP\\dora', 'web-1', '{"a":"b"}'),
);
const event = fc.letrec<{ node: Json; record: Record<string, Json> }>((tie) => ({
  record: fc.dictionary(key, tie('node'), { minKeys: 1, maxKeys: 3 }),
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    tie('record'),
  ),
})).record;

/** The paths of all leaves. */
function leavesOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) =>
    leavesOf(inner, [...path, Array.isArray(value) ? Number(name) : name]),
  );
}

const at = (value: Json | undefined, path: Path): Json | undefined =>
  path.reduce<Json | undefined>(
    (inner, name) => (inner as Record<string | number, Json> | undefined)?.[name],
    value,
  );

function withLeaf<T extends Json>(value: T, path: Path, replacement: Json): T {
  const copy = structuredClone(value);
  const holder = at(copy, path.slice(0, -1)) as Record<string | number, Json>;
  holder[path.at(-1) ?? ''] = replacement;
  return copy;
}

type Stored = { uuid: string; status: string };

async function post({ source, body }: Pick<Shape, 'source' | 'body'>): Promise<Stored> {
  const answer = await api.post(source, JSON.stringify(body));
  expect(answer.status).toBe(202);
  const data = answer.body['data'] as unknown as {
    results?: { alert_uuid: string; status: string }[];
    alert_uuid: string;
    status: string;
  };
  const { alert_uuid: uuid, status } = data.results?.[0] ?? data;
  return { uuid, status };
}

/** The texts of all payloads that are kept for an alert. */
async function keptOf(uuid: string): Promise<string[]> {
  const { rows } = await api.database.query<{ text: string }>(
    `SELECT raw_payload::text AS text FROM alerts WHERE id = $1
     UNION ALL SELECT raw_payload::text FROM alert_occurrences WHERE alert_id = $1`,
    [uuid],
  );
  return rows.map(({ text }) => text);
}

const MARK = 'difference';

describe('of two bodies that differ in one leaf', () => {
  test.each(SHAPES.map((shape) => [shape({}).source, shape({}).event.join('.'), shape] as const))(
    'of %s at %s, the second is an alert of its own, or readable as an occurrence',
    async (_source, _path, shape) => {
      await fc.assert(
        fc.asyncProperty(event, fc.nat(), async (happened, pick) => {
          const first = shape(happened);
          const leaves = leavesOf(happened);
          const path = leaves[pick % leaves.length] ?? [];
          const differing = `${MARK}${++last}`;
          fc.pre(!isVolatile(String(path.at(-1)), differing));
          const before = await post(first);
          const after = await post({
            source: first.source,
            body: withLeaf(first.body, [...first.event, ...path], differing),
          });
          const kept = await keptOf(after.uuid);
          expect(kept.some((text) => text.includes(JSON.stringify(differing)))).toBe(true);
          if (after.uuid === before.uuid) expect(kept).toHaveLength(2);
        }),
        { numRuns: 25 },
      );
    },
  );

  test('a leaf that appears or vanishes counts as a difference too', async () => {
    const with_ = { title: `T${++last}`, native_alert_id: `n-${last}`, a: { b: [{ c: 1, d: 2 }] } };
    const without = { ...with_, a: { b: [{ c: 1 }] } };
    const first = await post({ source: 'generic', body: with_ });
    expect(await post({ source: 'generic', body: without })).toEqual({
      uuid: first.uuid,
      status: 'deduplicated',
    });
    expect(await keptOf(first.uuid)).toHaveLength(2);
    expect(await post({ source: 'generic', body: with_ })).toMatchObject({ uuid: first.uuid });
    expect(await keptOf(first.uuid)).toHaveLength(2);
  });

  test('a time or a counter alone is no difference, at whatever depth', async () => {
    const body = (count: number) => ({
      title: 'T',
      native_alert_id: 'same',
      a: { event_count: count, at: `2026-11-28T10:00:0${count}Z` },
    });
    const first = await post({ source: 'generic', body: body(1) });
    expect(await post({ source: 'generic', body: body(2) })).toEqual({
      uuid: first.uuid,
      status: 'deduplicated',
    });
    expect(await keptOf(first.uuid)).toHaveLength(1);
  });
});
