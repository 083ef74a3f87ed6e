import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ClientRequest, request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '@calseta/common';
import { type Database } from '@calseta/database';
import { eventually, startPrivatePostgres } from '@calseta/testing';
import { MAX_BATCH_ALERTS } from '../src/body/check-limits.js';
import { ADMIN_KEY, type Answer, startIngestApi } from './start-ingest-api.js';

const body = (title: string): string => JSON.stringify({ title });

describe('broker away', () => {
  test('still answers 202, logs without flooding, and leaves the alert to the sweeper', async () => {
    await using api = await startIngestApi({
      publish: async () =>
        await Promise.reject(new AppError('service.unavailable', 'No connection to the broker.')),
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => await api.post('generic', body(`a ${index}`))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 202));
    expect(await api.database.prisma.alert.count({ where: { stage: 'ingested' } })).toBe(50);
    // The transport itself logs that the broker is unavailable.
    expect(api.logged()).not.toContain('message.publish_failed');
  });

  test('does not wait for a broker that never confirms', async () => {
    let release = (): void => undefined;
    const never = new Promise<void>((resolve) => (release = resolve));
    const api = await startIngestApi({
      publish: async () => await never,
      env: { INGEST_MAX_PUBLISHING: '1' },
    });
    expect((await api.post('generic', body('one'))).status).toBe(202);
    expect((await api.post('generic', body('two'))).status).toBe(202);
    release();
    await api[Symbol.asyncDispose]();
  });
});

/** Alerts posted meanwhile wait for the table lock. */
async function whileNothingIsStored<T>(
  database: Database,
  work: (client: Pick<Database, 'query'>) => Promise<T>,
): Promise<T> {
  return await database.transaction(async (client) => {
    await client.query('LOCK TABLE dedup_slots');
    return await work(client);
  });
}

async function countWaitingForSlots(client: Pick<Database, 'query'>): Promise<number> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_locks WHERE relation = 'dedup_slots'::regclass AND NOT granted`,
  );
  return rowCount ?? 0;
}

describe('more than can be written', () => {
  test('answers 503 with Retry-After to a batch that finds no place, and stores nothing of it', async () => {
    await using api = await startIngestApi({
      env: { INGEST_MAX_QUEUED: String(MAX_BATCH_ALERTS) },
    });
    const batch = (name: string) =>
      `[${Array.from({ length: MAX_BATCH_ALERTS }, (_, index) => body(`${name} ${index}`)).join()}]`;
    const { taken, refused, singles } = await whileNothingIsStored(api.database, async (client) => {
      const takenSoon = api.post('generic', batch('taken'));
      await eventually(async () => expect(await countWaitingForSlots(client)).toBeGreaterThan(0));
      const refusedBatch = await api.post('generic', batch('refused'));
      const refusedEnvelope = await api.post('elastic', `{"alerts":${batch('refused')}}`);
      expect(refusedEnvelope.status).toBe(503);
      const sent: Promise<Answer>[] = [];
      let refusals = 0;
      while (refusals === 0) {
        const single = api.post('generic', body(`single ${sent.length}`));
        void single.then(({ status }) => (refusals += Number(status === 503)));
        sent.push(single);
        await setImmediate();
      }
      return { taken: takenSoon, refused: refusedBatch, singles: sent };
    });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body['code']).toBe('service.overloaded');
    expect((await taken).status).toBe(202);
    const statuses = (await Promise.all(singles)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([202, 503]));
    const stored = async (name: string) =>
      await api.database.prisma.alert.count({ where: { title: { startsWith: name } } });
    expect(await stored('taken')).toBe(MAX_BATCH_ALERTS);
    expect(await stored('refused')).toBe(0);
    expect(await api.database.prisma.alert.count({ where: { sourceName: 'elastic' } })).toBe(0);
    expect(await stored('single')).toBe(statuses.filter((status) => status === 202).length);
    expect((await api.post('generic', batch('later'))).status).toBe(202);
  });

  test('bounds the memory of bodies, announced or not', async () => {
    await using api = await startIngestApi({ env: { INGEST_MAX_BODY_MEMORY_BYTES: '10485760' } });
    const large = JSON.stringify({ title: 'large', description: 'x'.repeat(900_000) });
    const answers = await Promise.all(
      Array.from({ length: 30 }, async () => await api.post('generic', large)),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 202 || status === 503)).toBe(true);
    expect(statuses.has(202)).toBe(true);
  });

  test('bounds the memory of what envelopes become', async () => {
    await using api = await startIngestApi({ env: { INGEST_MAX_BODY_MEMORY_BYTES: '10485760' } });
    const envelope = (name: string) =>
      JSON.stringify({
        commonLabels: { alertname: name.padEnd(60_000, 'x') },
        alerts: Array.from({ length: 100 }, (_, index) => ({ labels: { instance: `i ${index}` } })),
      });
    const { taken } = await whileNothingIsStored(api.database, async (client) => {
      const takenSoon = api.post('alertmanager', envelope('taken'));
      await eventually(async () => expect(await countWaitingForSlots(client)).toBeGreaterThan(0));
      const refused = await api.post('alertmanager', envelope('refused'));
      expect([refused.status, refused.body['code']]).toEqual([503, 'service.overloaded']);
      return { taken: takenSoon };
    });
    expect((await taken).status).toBe(202);
    expect((await api.post('alertmanager', envelope('later'))).status).toBe(202);
  });

  test('lets no senders that say much and send little stand in the way of others', async () => {
    await using api = await startIngestApi({ env: { INGEST_MAX_BODY_MEMORY_BYTES: '10485760' } });
    const idle = await Promise.all(
      [
        { 'transfer-encoding': 'chunked' },
        { 'transfer-encoding': 'chunked', 'content-encoding': 'gzip' },
        { 'content-length': '10485760' },
      ].flatMap((headers) => [startUpload(api.url, headers), startUpload(api.url, headers)]),
    );
    expect((await api.post('generic', body('seventh'))).status).toBe(202);
    for (const upload of idle) upload.destroy();
  });
});

/** A request that sends the first bytes of its body and then stalls. */
async function startUpload(url: string, headers: Record<string, string>): Promise<ClientRequest> {
  const upload = request(`${url}/v1/ingest/generic`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
  });
  upload.on('error', () => undefined);
  await new Promise((resolve) => upload.write('{', resolve));
  return upload;
}

describe('database away', () => {
  let postgres: Awaited<ReturnType<typeof startPrivatePostgres>>;
  beforeAll(async () => {
    postgres = await startPrivatePostgres();
  }, 60_000);
  afterAll(async () => await postgres.stop());

  test('answers 503 with Retry-After, never 202, and recovers by itself', async () => {
    await using api = await startIngestApi({ databaseUrl: postgres.url });
    expect((await api.post('generic', body('before'))).status).toBe(202);
    await postgres.kill();
    const during = await api.post('generic', body('during'));
    expect(during.status).toBe(503);
    expect(Number(during.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(during.body['code']).toBe('service.unavailable');
    await postgres.restart();
    await eventually(
      async () => expect((await api.post('generic', body('after'))).status).toBe(202),
      { timeoutMs: 20_000 },
    );
    const titles = (await api.database.prisma.alert.findMany()).map(({ title }) => title);
    expect(titles.sort()).toEqual(['after', 'before']);
  }, 60_000);
});
