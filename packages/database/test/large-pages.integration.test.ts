import { MAX_PAGE_BYTES, newUuid } from '@calseta/common';
import { aStoredAlert, eventually } from '@calseta/testing';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { fitRows } from '../src/core/fit-rows.js';
import { SMALL_PAGE_BYTES } from '../src/core/page.js';
import {
  createAlertFactsStore,
  createSourceSettingsStore,
  createSecretStore,
  createRunStore,
  createDeliveryStore,
  createCommentStore,
  createAuditStore,
  createApprovalStore,
  createApiKeyStore,
  createAlertIndicatorStore,
  createAlertStore,
  createChangeStore,
  createContextDocumentStore,
  createDetectionRuleStore,
  createIndicatorStore,
  createOccurrenceStore,
  createProviderStore,
  createProviderVersionStore,
  createTriageStore,
  createWorkflowStore,
  type Database,
  type Page,
  type PageRequest,
} from '../src/index.js';
import { withDatabase } from './with-database.js';

let database: Database;
withDatabase((opened) => {
  database = opened;
});

const OCCURRENCES = { table: 'alert_occurrences', bytes: 'octet_length(r.raw_payload::text)' };
const MEBIBYTE = 1024 * 1024;

async function addOccurrences(alertId: string, bytes: readonly number[]): Promise<string[]> {
  const ids = bytes.map(() => newUuid()).toSorted();
  await database.query(
    `INSERT INTO alert_occurrences (id, alert_id, received_at, raw_payload)
     SELECT id, $1, now(), ('"' || repeat('x', bytes - 2) || '"')::json
       FROM unnest($2::uuid[], $3::int[]) AS given(id, bytes)`,
    [alertId, ids, bytes],
  );
  return ids;
}

/** The pages of a list from the first to the last. */
async function pagesOf<R>(list: (request: PageRequest) => Promise<Page<R>>): Promise<R[][]> {
  const pages: R[][] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await list({ cursor, pageSize: 500, includeTotal: false });
    pages.push(page.items);
    cursor = page.nextCursor;
  }
  return pages;
}

describe('fitRows', () => {
  test('counts rows up to the limit, and not one byte further', async () => {
    const ids = await addOccurrences(await aStoredAlert(database), [10, 20, 30]);
    const fitting = async (maxBytes: number) =>
      await fitRows(database, OCCURRENCES, { id: ids }, maxBytes);
    expect(await fitting(60)).toEqual({ count: 3, bytes: 60 });
    expect(await fitting(59)).toEqual({ count: 2, bytes: 30 });
    expect(await fitting(30)).toEqual({ count: 2, bytes: 30 });
    expect(await fitting(29)).toEqual({ count: 1, bytes: 10 });
  });

  test('lets the first row fit, whatever it takes', async () => {
    const ids = await addOccurrences(await aStoredAlert(database), [100, 10]);
    expect(await fitRows(database, OCCURRENCES, { id: ids }, 50)).toEqual({ count: 1, bytes: 100 });
  });

  test('takes rows that are gone as nothing', async () => {
    const [id = ''] = await addOccurrences(await aStoredAlert(database), [10]);
    const ids = [newUuid(), id, newUuid()];
    expect(await fitRows(database, OCCURRENCES, { id: ids }, 50)).toEqual({ count: 3, bytes: 10 });
    expect(await fitRows(database, OCCURRENCES, { id: [] })).toEqual({ count: 0, bytes: 0 });
  });
});

describe('a page of large rows', () => {
  test('ends before the occurrence that makes it too large, and the cursor leads on', async () => {
    const alertId = await aStoredAlert(database);
    const ids = await addOccurrences(alertId, [
      ...Array.from({ length: 5 }, () => MEBIBYTE - 2),
      10,
      10,
    ]);
    const { list } = createOccurrenceStore(database);
    const pages = await pagesOf(async (page) => await list(alertId, page));
    expect(pages.map((page) => page.map(({ uuid }) => uuid))).toEqual([
      ids.slice(0, 4),
      ids.slice(4),
    ]);
    const [first] = pages;
    expect(first?.[0]?.raw_payload).toHaveLength(MEBIBYTE - 4);
  });

  test('has all alerts, each once, and counts them all', async () => {
    const tag = newUuid();
    const description = 'd'.repeat(MEBIBYTE);
    const ids: string[] = [];
    for (let index = 0; index < 9; index += 1)
      ids.push(await aStoredAlert(database, { description, tags: [tag] }));
    const { list } = createAlertStore(database);
    const pages = await pagesOf(async (page) => await list({ tags: [tag] }, page));
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 3]);
    expect(pages.flat().map(({ uuid }) => uuid)).toEqual(ids.toReversed());
    const counted = await list({ tags: [tag] }, { pageSize: 500, includeTotal: true });
    expect(counted.total).toBe(9);
  });

  test('is read at once where its alerts are small together, and waits for others from one byte more', async () => {
    const waits: number[] = [];
    const readLarge: Database['readLarge'] = async (bytes, read) => {
      waits.push(bytes);
      return await read();
    };
    const { list } = createAlertStore({ ...database, readLarge });
    const tag = newUuid();
    const one = await aStoredAlert(database, { title: 't', tags: [tag] });
    const other = await aStoredAlert(database, { title: 't', tags: [tag] });
    const rest = 2 * ('t'.length + tag.length);
    const read = async (bytes: number): Promise<string[]> => {
      await database.query(`UPDATE alerts SET description = repeat('d', $2) WHERE id = $1`, [
        one,
        bytes - rest,
      ]);
      const { items } = await list({ tags: [tag] }, { pageSize: 500, includeTotal: false });
      return items.map(({ uuid }) => uuid);
    };
    expect(await read(SMALL_PAGE_BYTES)).toEqual([other, one]);
    expect(waits).toEqual([]);
    expect(await read(SMALL_PAGE_BYTES + 1)).toEqual([other, one]);
    expect(waits).toEqual([SMALL_PAGE_BYTES + 1]);
  });

  test('has all findings and all activity, in order', async () => {
    const alertId = await aStoredAlert(database);
    const { addFinding, listFindings } = createTriageStore(database);
    const author = { keyId: 'k', agentId: null };
    const details = { text: 'x'.repeat(MAX_PAGE_BYTES / 2) };
    for (const summary of ['a', 'b', 'c'])
      await addFinding(alertId, { summary, recommended_actions: [], details }, author);
    await database.query(
      `UPDATE activity SET detail = jsonb_build_object('text', repeat('x', $2)) WHERE alert_id = $1`,
      [alertId, MAX_PAGE_BYTES],
    );
    const findings = await pagesOf(
      async (page) => await listFindings(alertId, page, { ofShadows: false }),
    );
    expect(findings.map((page) => page.map(({ summary }) => summary))).toEqual([
      ['a'],
      ['b'],
      ['c'],
    ]);
    const activity = await pagesOf(
      async (page) => await createAlertStore(database).listActivity(alertId, page),
    );
    expect(activity.map(({ length }) => length)).toEqual([1, 1, 1]);
  });
});

test('pages of indicators end where the answers about them are too large', async () => {
  const values = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.large.example`);
  const indicators = values.map((value) => ({ type: 'domain' as const, value }));
  const alertId = await aStoredAlert(database, { indicators });
  await database.query(
    `INSERT INTO enrichment_results (indicator_id, provider_name, config_version, status, extracted, fetched_at, expires_at)
     SELECT id, 'p', 1, 'success', json_build_object('text', repeat('x', $1)), now(), now()
       FROM indicators WHERE value LIKE '%.large.example'`,
    [MAX_PAGE_BYTES / 2 - MEBIBYTE / 4],
  );
  const { list } = createAlertIndicatorStore(database);
  const ofAlert = await pagesOf(async (page) => await list(alertId, page));
  expect(ofAlert.map((page) => page.map(({ value }) => value))).toEqual([
    values.slice(0, 2),
    values.slice(2, 4),
    values.slice(4),
  ]);
  const search = createIndicatorStore(database);
  const found = await pagesOf(async (page) => await search.list({ q: '.large.example' }, page));
  expect(found.map(({ length }) => length)).toEqual([2, 2, 1]);
  expect(found.flat().map(({ value }) => value)).toEqual(values.toReversed());
});

test('pages of providers end where their lookups are too large', async () => {
  const { list } = createProviderStore(database, (text) => text);
  const before = await list({ pageSize: 500, includeTotal: false });
  await database.query(
    `UPDATE enrichment_providers SET lookup = json_build_object('text', repeat('x', $1)) WHERE id = ANY($2::uuid[])`,
    [MAX_PAGE_BYTES / 2, before.items.slice(0, 3).map(({ uuid }) => uuid)],
  );
  const pages = await pagesOf(async (page) => await list(page));
  expect(pages.slice(0, 2).map(({ length }) => length)).toEqual([1, 1]);
  expect(pages.flat().map(({ uuid }) => uuid)).toEqual(before.items.map(({ uuid }) => uuid));
});

test('pages of detection rules end where their texts are too large', async () => {
  const documentation = 'd'.repeat(MAX_PAGE_BYTES / 2 - MEBIBYTE / 4);
  const { create, list } = createDetectionRuleStore(database);
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c'])
    ids.push((await create({ name, documentation } as never)).uuid);
  const pages = await pagesOf(async (page) => await list(page));
  expect(pages.map((page) => page.map(({ uuid }) => uuid))).toEqual([[ids[2], ids[1]], [ids[0]]]);
});

/** Two of such rows fit on a page, three do not. */
const HALF_PAGE = MAX_PAGE_BYTES / 2 - MEBIBYTE / 4;

test('pages of comments end where their texts are too large as JSON', async () => {
  const alertId = await aStoredAlert(database);
  const { add, list } = createCommentStore(database);
  const ids: string[] = [];
  for (const text of ['a', 'b', 'c'])
    ids.push((await add(alertId, text, { keyId: 'k', agentId: null }))!.uuid);
  await database.query(`UPDATE alert_comments SET text = repeat(chr(1), $2) WHERE alert_id = $1`, [
    alertId,
    Math.floor(HALF_PAGE / 6),
  ]);
  const pages = await pagesOf(async (page) => await list(alertId, page));
  expect(pages.map((page) => page.map(({ uuid }) => uuid))).toEqual([ids.slice(0, 2), [ids[2]]]);
});

describe('pages of the work of workflows', () => {
  const workflowId = newUuid();
  const runIds: string[] = [];

  beforeAll(async () => {
    await database.query(`INSERT INTO workflows (id, name) VALUES ($1, 'w')`, [workflowId]);
    const requester = { principalId: 'p', keyId: 'k', name: 'n', keyType: 'human' as const };
    for (let index = 0; index < 3; index += 1) {
      const { run_uuid: id } = await createRunStore(database).create({
        ...{ workflowId, workflowVersion: 1, workflowName: 'w', requester, reason: 'r' },
        parameters: {},
        approval: { expiresAt: new Date(Date.now() + 3_600_000) },
      });
      runIds.unshift(id);
    }
    await setParameters(HALF_PAGE);
  });

  const setParameters = async (bytes: number): Promise<void> => {
    await database.query(
      `UPDATE workflow_runs SET parameters = json_build_object('text', repeat('x', $2)) WHERE workflow_id = $1`,
      [workflowId, bytes],
    );
  };

  test('end where the parameters of runs are too large', async () => {
    const { list } = createRunStore(database);
    const pages = await pagesOf(async (page) => await list({ workflowId }, page));
    expect(pages.map((page) => page.map(({ uuid }) => uuid))).toEqual([
      runIds.slice(0, 2),
      runIds.slice(2),
    ]);
  });

  test('leave room for a run with its steps, which is read by itself', async () => {
    const runId = runIds[0]!;
    await database.query(
      `INSERT INTO workflow_run_steps (run_id, number, name, idempotency_key, may_repeat, request, sent_at)
       SELECT $1, number, 's', gen_random_uuid(), false, json_build_object('body', repeat('x', $2)), now()
         FROM generate_series(1, 2) number`,
      [runId, MEBIBYTE],
    );
    const waits: number[] = [];
    const { get } = createRunStore({
      ...database,
      readLarge: async (bytes, read) => {
        waits.push(bytes);
        return await read();
      },
    });
    expect((await get(runId))?.steps).toHaveLength(2);
    expect(waits[0]).toBeGreaterThan(HALF_PAGE + 2 * MEBIBYTE);
    expect(await get(newUuid())).toBeUndefined();
  });

  test('end where approvals are too large, whose questions repeat the parameters', async () => {
    await setParameters(HALF_PAGE / 2);
    const { list } = createApprovalStore(database);
    const pages = await pagesOf(async (page) => await list({ workflow_uuid: workflowId }, page));
    expect(pages.map((page) => page.map(({ run_uuid: id }) => id))).toEqual([
      runIds.slice(0, 2),
      runIds.slice(2),
    ]);
  });
});

test('pages of deliveries end where the answers to their attempts are too large', async () => {
  const agentId = newUuid();
  await database.query(
    `INSERT INTO agents (id, name, webhook_url, signing_secret_encrypted) VALUES ($1, 'a', 'http://a.example/', '')`,
    [agentId],
  );
  const ids: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    const [id, alertId] = [newUuid(), await aStoredAlert(database)];
    await database.query(
      `INSERT INTO deliveries (id, agent_id, alert_id, revision, next_attempt_at) VALUES ($1, $2, $3, 1, now())`,
      [id, agentId, alertId],
    );
    await database.query(
      `INSERT INTO delivery_attempts (id, delivery_id, number, started_at, duration_ms, outcome, response_body)
       SELECT gen_random_uuid(), $1, number, now(), 1, 'rejected', repeat('x', $2) FROM generate_series(1, 2) number`,
      [id, HALF_PAGE / 2],
    );
    ids.unshift(id);
  }
  const { list } = createDeliveryStore(database);
  const pages = await pagesOf(async (page) => await list({ agent_uuid: agentId }, page));
  expect(pages.map((page) => page.map(({ uuid }) => uuid))).toEqual([
    ids.slice(0, 2),
    ids.slice(2),
  ]);
  expect(pages[0]?.[0]?.attempts).toHaveLength(2);
});

test.each([['sequence' as const], ['-sequence' as const]])(
  'pages of the audit log end where its entries are too large, by %s',
  async (sort) => {
    const store = createAuditStore(database);
    const actor = newUuid();
    await database.query(
      `INSERT INTO audit_entries (actor, actor_type, via, action, resource_type, resource_id, after)
       SELECT $1, 'human', 'rest', 'a', 't', number::text, jsonb_build_object('text', repeat('x', $2))
         FROM generate_series(1, 3) number`,
      [actor, HALF_PAGE],
    );
    while ((await store.chain({ skipIfBusy: false })) > 0);
    const pages = await pagesOf(async (page) => await store.list({ actor, sort }, page));
    const numbers = pages.map((page) => page.map(({ resource_id: number }) => number));
    expect(numbers).toEqual(sort === 'sequence' ? [['1', '2'], ['3']] : [['3', '2'], ['1']]);
  },
);

describe('pages in the order of names', () => {
  const names = ['large_a', 'large_b', 'large_c'];
  const largeOf = (pages: readonly (readonly { name: string }[])[]): string[][] =>
    pages
      .map((page) => page.map(({ name }) => name).filter((name) => names.includes(name)))
      .filter((page) => page.length > 0);

  test('end where sources are too large', async () => {
    await database.query(
      `INSERT INTO sources (name, plugin, last_rejected_reason, updated_at)
       SELECT name, 'custom', repeat('x', $2), now() FROM unnest($1::text[]) name`,
      [names, HALF_PAGE],
    );
    const { list } = createSourceSettingsStore(database);
    const pages = await pagesOf(list);
    expect(largeOf(pages)).toEqual([names.slice(0, 2), names.slice(2)]);
    expect(pages.flat()).toHaveLength(await database.prisma.source.count());
  });

  test('end where secrets are too large', async () => {
    await database.query(
      `INSERT INTO secrets (name, value_encrypted, allowed_origins, created_by, updated_at)
       SELECT name, '', ARRAY[repeat('x', $2)], 'k', now() FROM unnest($1::text[]) name`,
      [names, HALF_PAGE],
    );
    const { list } = createSecretStore(database, (text) => text);
    expect(largeOf(await pagesOf(list))).toEqual([names.slice(0, 2), names.slice(2)]);
  });
});

test('pages of API keys end where these are too large', async () => {
  const ids = ['large_key_000001', 'large_key_000002', 'large_key_000003'];
  await database.query(
    `INSERT INTO api_keys (id, name, key_type, secret_hash, created_at, updated_at)
     SELECT id, repeat('x', $2), 'human', sha256(''), now() - place * interval '1 s', now()
       FROM unnest($1::text[]) WITH ORDINALITY AS given(id, place)`,
    [ids, HALF_PAGE],
  );
  const pages = await pagesOf(createApiKeyStore(database).list);
  const found = pages.map((page) => page.map(({ id }) => id).filter((id) => ids.includes(id)));
  expect(found.filter((page) => page.length > 0)).toEqual([ids.slice(0, 2), ids.slice(2)]);
});

describe('versions', () => {
  const large = MAX_PAGE_BYTES / 2 - 1_000;
  const newestFirst = [[5, 4], [3, 2], [1]];

  test('of a workflow end a page where they are too large, and the cursor leads on', async () => {
    const workflowId = newUuid();
    await database.query(`INSERT INTO workflows (id, name) VALUES ($1, 'w')`, [workflowId]);
    await database.query(
      `INSERT INTO workflow_versions (workflow_id, version, content)
       SELECT $1, version, json_build_object('documentation', repeat('d', $2)) FROM generate_series(1, 5) version`,
      [workflowId, large],
    );
    const { listVersions } = createWorkflowStore(database);
    expect(await versionsOf(listVersions, workflowId)).toEqual(newestFirst);
  });

  test('of a provider do so too', async () => {
    const { id: providerId } = await database.prisma.enrichmentProvider.findFirstOrThrow();
    await database.prisma.enrichmentProviderVersion.deleteMany({ where: { providerId } });
    await database.query(
      `INSERT INTO enrichment_provider_versions
         (provider_id, version, title, is_enabled, indicator_types, quotas, ttls, reliability, timeout_ms,
          is_own_directory, max_tlp, roles, credential_names, lookup)
       SELECT $1, version, 't', true, '{}', '[]', '{}', 1, 1000, false, 'green', '{}', '{}',
              json_build_object('text', repeat('d', $2))
         FROM generate_series(1, 5) version`,
      [providerId, large],
    );
    const { list } = createProviderVersionStore(database);
    expect(await versionsOf(list, providerId)).toEqual(newestFirst);
  });

  test('of a document are listed without their texts', async () => {
    const content = '🔥'.repeat(100_000);
    const { create, update, listVersions } = createContextDocumentStore(database);
    const { uuid } = await create({
      title: 't',
      doc_type: 'sop',
      content,
      is_global: true,
      tags: [],
    });
    for (let version = 2; version <= 11; version += 1) await update(uuid, { title: `t${version}` });
    const page = await listVersions(uuid, { pageSize: 500, includeTotal: true });
    expect(page).toMatchObject({ nextCursor: null, total: 11 });
    expect(page?.items.at(0)).toMatchObject({ version: 11, content_characters: 100_000 });
  });
});

/** The numbers on each page of a list of versions. */
const versionsOf = async (
  list: (uuid: string, page: PageRequest) => Promise<Page<{ version: number }> | undefined>,
  uuid: string,
): Promise<number[][]> => {
  const pages = await pagesOf(async (page) => (await list(uuid, page))!);
  return pages.map((page) => page.map(({ version }) => version));
};

describe('alerts as rules see them', () => {
  const asked = { limit: 200, withPayload: false, withIndicators: false };

  test('are read in parts where they are large, and none is left out', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const description = 'd'.repeat(MAX_PAGE_BYTES / 2 - 100);
      ids.push(await aStoredAlert(database, { description }));
    }
    const { readPage } = createAlertFactsStore(database);
    const parts: string[][] = [];
    let before: string | undefined;
    do {
      const page = await readPage({ ...asked, ...(before !== undefined && { before }) });
      parts.push(page.alerts.map(({ uuid }) => uuid));
      before = page.next;
    } while (before !== undefined && parts.length < 3);
    expect(parts.map(({ length }) => length).slice(0, 2)).toEqual([2, 2]);
    expect(parts.flat().slice(0, 5)).toEqual(ids.toReversed());
  });

  test('are looked at by id, in parts where they are large', async () => {
    const description = 'd'.repeat(MAX_PAGE_BYTES / 2 - 1_000);
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1)
      ids.push(await aStoredAlert(database, { description }));
    const reads: number[] = [];
    const { forEach } = createAlertFactsStore({
      ...database,
      readLarge: async (bytes, read) => {
        reads.push(bytes);
        return await read();
      },
    });
    const seen: string[] = [];
    await forEach([...ids, newUuid()], ({ uuid }) => seen.push(uuid));
    expect(seen.toSorted()).toEqual(ids);
    expect(reads).toHaveLength(2);
  });

  test('have their payload and indicators only where asked for', async () => {
    const uuid = await aStoredAlert(database, {
      indicators: [{ type: 'domain', value: 'evil.example' }],
      rawPayloadJson: '{"a":1}',
    });
    const read = async (withAll: boolean) => {
      const options = { limit: 1, withPayload: withAll, withIndicators: withAll };
      const { alerts } = await createAlertFactsStore(database).readPage(options);
      return alerts[0];
    };
    expect(await read(false)).toMatchObject({ uuid, indicators: [], rawPayloadJson: 'null' });
    expect(await read(true)).toMatchObject({
      uuid,
      indicators: [{ type: 'domain', value: 'evil.example' }],
      rawPayloadJson: '{"a":1}',
    });
  });
});

/** Changes are told once no older transaction is open, of other tests on the same server either. */
async function whenVisible(store: ReturnType<typeof createChangeStore>): Promise<void> {
  const { rows } = await database.query<{ newest: string }>(
    'SELECT max(transaction_id::text::bigint)::text AS newest FROM activity',
  );
  const newest = BigInt(rows[0]!.newest);
  const isVisible = async () => (await store.readEnd()).position.transactionId > newest;
  await eventually(async () => expect(await isVisible()).toBe(true), { timeoutMs: 60_000 });
}

test('changes are read in small parts where their alerts are large, and none is left out', async () => {
  const store = createChangeStore(database);
  let { position } = await store.readEnd();
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const id = await aStoredAlert(database, { description: 'd'.repeat(100 * 1024) });
    await database.query(
      `INSERT INTO activity (id, alert_id, at, kind, actor) VALUES ($1, $2, now(), 'updated', 'k')`,
      [newUuid(), id],
    );
    ids.push(id);
  }
  await whenVisible(store);
  const parts: string[][] = [];
  for (let isComplete = false; !isComplete;) {
    const part = await store.read(position, 200);
    ({ position, isComplete } = part);
    parts.push(part.changes.map(({ alert }) => alert.uuid));
  }
  expect(parts).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
});
