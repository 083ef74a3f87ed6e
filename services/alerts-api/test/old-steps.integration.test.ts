import { createHousekeepingStore } from '@calseta/database';
import { newUuid } from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aRunToApprove } from './run-to-approve.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

/** A run with two steps that ended then, or goes on. */
async function aRun(finishedAt: Date | null): Promise<string> {
  const { run_uuid: id } = await aRunToApprove(api);
  const { prisma } = api.database;
  await prisma.workflowRun.update({
    where: { id },
    data: { status: finishedAt ? 'succeeded' : 'running', finishedAt, outcome: 'done' },
  });
  await prisma.workflowRunStep.createMany({
    data: [1, 2].map((number) => ({
      ...{ runId: id, number, name: `step_${number}`, idempotencyKey: newUuid(), mayRepeat: false },
      request: { method: 'POST', url: 'https://vendor.example/', headers: {} },
      sentAt: new Date(0),
    })),
  });
  return id;
}

const read = async (id: string) =>
  (await api.call('GET', `/v1/workflow-runs/${id}`)).body.data as {
    steps: unknown[];
    steps_deleted_at?: string;
    approval_uuid: string;
    outcome: string;
  };

test('the steps of a run are deleted so many days after its end, in batches, and the run stays', async () => {
  const edge = Date.now() - KEPT_DAYS * DAY_MS;
  const kept = await aRun(new Date(edge + 60_000));
  const going = await aRun(null);
  const old = await Promise.all([1, 2, 3].map(async (ms) => await aRun(new Date(edge - ms))));
  const { deleteOldSteps } = createHousekeepingStore(api.database);
  expect(await deleteOldSteps(KEPT_DAYS, 2)).toBe(2);
  expect(await deleteOldSteps(KEPT_DAYS, 2)).toBe(1);
  expect(await deleteOldSteps(KEPT_DAYS, 2)).toBe(0);

  for (const id of old) {
    const run = await read(id);
    expect(run).toMatchObject({ steps: [], outcome: 'done', approval_uuid: expect.any(String) });
    expect(run.steps_deleted_at).toMatch(/Z$/);
  }
  for (const id of [kept, going]) {
    const run = await read(id);
    expect(run.steps).toHaveLength(2);
    expect(run).not.toHaveProperty('steps_deleted_at');
  }
  const story = await fetch(`${api.url}/v1/workflow-runs/${old[0]}?format=text`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  expect(await story.text()).toContain('Its steps were deleted because of their age.');
});
