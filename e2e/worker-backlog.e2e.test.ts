import { newUuid } from '@calseta/common';
import { type Database } from '@calseta/database';
import { aStoredAlert, type TestDatabase, testDatabase } from '@calseta/testing';
import { openTestDatabase } from '@calseta/testing/services';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readManifests } from './support/manifests.js';

type Trigger = { type: string; name: string; metadata: { query: string } };

const manifests = readManifests('deploy/kubernetes/autoscaled/calseta.yaml');
const queriesOf = (worker: string): Record<string, string> => {
  const scaler = manifests.find(
    ({ kind, metadata }) => kind === 'ScaledObject' && metadata.name === `calseta-${worker}`,
  )!;
  const { triggers } = scaler.spec as { triggers: Trigger[] };
  expect(triggers.map(({ type }) => type)).toEqual(['postgresql', 'postgresql']);
  return Object.fromEntries(triggers.map(({ name, metadata }) => [name, metadata.query]));
};

let given: TestDatabase;
let database: Database;
beforeAll(async () => {
  given = await testDatabase();
  database = await openTestDatabase(given.url);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await given.drop();
});

/** The one number that a scaler reads. */
async function ask(query: string): Promise<number> {
  const { rows } = await database.query<Record<string, unknown>>(query, []);
  const values = rows.flatMap((row) => Object.values(row));
  expect(values).toHaveLength(1);
  return Number(values[0]);
}

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1_000);

describe('what scales the workers', () => {
  test.each([
    ['extractor', 'ingested'],
    ['enricher', 'extracted'],
    ['dispatcher', 'enriched'],
  ] as const)(
    'of %s is the age and the number of the alerts that wait for it',
    async (worker, stage) => {
      const { 'oldest-age': oldest = '', backlog = '' } = queriesOf(worker);
      expect([await ask(oldest), await ask(backlog)]).toEqual([0, 0]);
      for (const age of [90, 30, 10]) {
        await aStoredAlert(database, { stage, stageChangedAt: secondsAgo(age) });
      }
      expect(await ask(oldest)).toBeGreaterThanOrEqual(90);
      expect(await ask(oldest)).toBeLessThan(120);
      expect(await ask(backlog)).toBe(3);
      await database.query(`UPDATE alerts SET stage = 'dispatched'`, []);
    },
  );

  test('of the dispatcher are due deliveries of agents that it pushes to, besides', async () => {
    const alertId = await aStoredAlert(database, { stage: 'dispatched' });
    const agentOf = async (columns: { webhookUrl: string | null; isActive?: boolean }) =>
      await database.prisma.agent.create({
        data: { name: newUuid(), signingSecretEncrypted: 'none', ...columns },
      });
    const deliver = async (agentId: string, revision: number, nextAttemptAt: Date) =>
      await database.prisma.delivery.create({
        data: { id: newUuid(), agentId, alertId, revision, nextAttemptAt },
      });
    const webhookUrl = 'https://agent.example.com/';
    const pushed = await agentOf({ webhookUrl });
    const pulls = await agentOf({ webhookUrl: null });
    const disabled = await agentOf({ webhookUrl, isActive: false });
    await deliver(pushed.id, 1, secondsAgo(1));
    await deliver(pushed.id, 2, secondsAgo(-600));
    await deliver(pulls.id, 1, secondsAgo(1));
    await deliver(disabled.id, 1, secondsAgo(1));
    expect(await ask(queriesOf('dispatcher')['backlog']!)).toBe(1);
  });
});
