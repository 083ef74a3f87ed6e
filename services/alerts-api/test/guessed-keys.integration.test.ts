import { generateApiKey } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { expect, test } from '@jest/globals';
import { startAlertsApi } from './start-alerts-api.js';

test('a key works in every process from its 201 on, while others guess from its address', async () => {
  await using maker = await startAlertsApi();
  await using other = await startAlertsApi({}, maker.databaseUrl);
  const ask = async (key: string) => (await other.call('GET', '/v1/alerts', { key })).status;
  const state = { isOver: false, limited: 0 };
  const guess = async () => {
    while (!state.isOver) {
      const status = await ask(generateApiKey().key);
      expect([401, 429]).toContain(status);
      if (status === 429) state.limited += 1;
    }
  };
  const guessing = Promise.all(Array.from({ length: 40 }, guess));
  try {
    await eventually(() => expect(state.limited).toBeGreaterThan(0), { timeoutMs: 20_000 });
    for (let round = 0; round < 5; round += 1) {
      const { body } = await maker.call('POST', '/v1/api-keys', {
        body: { name: 'new', scopes: ['alerts:read'] },
      });
      const { id, key } = body.data as { id: string; key: string };
      expect(await ask(key)).toBe(200);
      // A wrong secret limits the guesser, and does not block the real key.
      expect(await ask(`cai_${id}_${generateApiKey().key.slice(-43)}`)).not.toBe(200);
      expect(await ask(key)).toBe(200);
    }
  } finally {
    state.isOver = true;
    await guessing;
  }
}, 60_000);
