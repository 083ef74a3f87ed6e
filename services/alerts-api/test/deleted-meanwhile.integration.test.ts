import { newUuid } from '@calseta/common';
import { createApprovalStore, createDispatchStore, createReopenStore } from '@calseta/database';
import { aTestDelivery, eventually } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { aRunToApprove } from './run-to-approve.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

/** Resolves when a statement with this text waits for a lock. */
const untilWaiting = async (text: string): Promise<void> =>
  await eventually(async () => {
    const { rows } = await api.database.query(
      `SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
      [`%${text}%`],
    );
    expect(rows).toHaveLength(1);
  });

test('an approval is read while one of its approvers is deleted', async () => {
  const approvers = await api.call('POST', '/v1/approvers', {
    body: { principal: 'leaving', name: 'Leaving', webhook_url: 'http://127.0.0.1:8999/' },
  });
  const { uuid: approverId } = approvers.body.data as { uuid: string };
  const { approval_uuid: id } = await aRunToApprove(api);
  await api.database.prisma.approvalNotice.createMany({
    data: [{ id: newUuid(), approvalId: id, approverId, channel: 'webhook' }],
    skipDuplicates: true,
  });
  const store = createApprovalStore(api.database);
  const { reading } = await api.database.transaction(async (client) => {
    await client.query('LOCK TABLE approvers IN ACCESS EXCLUSIVE MODE');
    const started = store.get(id);
    await untilWaiting('"approvers"');
    await client.query('DELETE FROM approvers WHERE id = $1', [approverId]);
    return { reading: started };
  });
  expect((await reading)?.notices).toEqual([]);
});

test('nothing is pushed again to an agent that is deleted meanwhile', async () => {
  const made = await api.call('POST', '/v1/agents', { body: { name: 'Leaving' } });
  const { uuid: agentId } = made.body.data as { uuid: string };
  const alertId = await insertAlert(api.database);
  const store = createReopenStore(api.database);
  const alert = await store.findDispatched(agentId, alertId);
  expect(alert).toBeDefined();
  const { reopening } = await api.database.transaction(async (client) => {
    await client.query('DELETE FROM agents WHERE id = $1', [agentId]);
    const started = store.reopen(agentId, [alert!], 'a key');
    await untilWaiting('WITH opened AS');
    return { reopening: started };
  });
  expect(await reopening).toEqual([]);
});

test('a test push to an agent that is deleted meanwhile finds no agent', async () => {
  const creating = createDispatchStore(api.database).createTestDelivery(aTestDelivery(newUuid()));
  await expect(creating).rejects.toMatchObject({ code: 'resource.not_found' });
});
