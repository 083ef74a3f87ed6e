import { generateApiKey } from '@calseta/common';
import { DEFAULT_FAILURE_LIMITS } from '@calseta/platform';
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

test('of 1,000 wrong keys from one address those beyond its limit are 429; a good key from there works, and others are not slowed', async () => {
  await using api = await startAlertsApi({ HTTP_TRUSTED_PROXY_HOPS: '1' });
  const made = await api.call('POST', '/v1/api-keys', {
    body: { name: 'good', scopes: ['alerts:read'] },
  });
  const { id, key } = made.body.data as { id: string; key: string };
  const askFrom = async (address: string, given: string) =>
    await api.call('GET', '/v1/me', { key: given, headers: { 'x-forwarded-for': address } });
  const wrong = () => `cai_${id}_${generateApiKey().key.slice(-43)}`;

  const startedAt = performance.now();
  const refused: Awaited<ReturnType<typeof askFrom>>[] = [];
  for (let batch = 0; batch < 20; batch += 1) {
    const answers = Array.from({ length: 50 }, async () => await askFrom('192.0.2.1', wrong()));
    refused.push(...(await Promise.all(answers)));
    expect((await askFrom('192.0.2.1', key)).status).toBe(200);
  }
  const seconds = Math.ceil((performance.now() - startedAt) / 1_000);
  const { burst, refillPerSecond } = DEFAULT_FAILURE_LIMITS;
  const limited = refused.filter(({ status }) => status === 429);
  expect(refused.every(({ status }) => status === 401 || status === 429)).toBe(true);
  expect(limited.length).toBeGreaterThanOrEqual(1_000 - burst - seconds * refillPerSecond);
  expect(limited.length).toBeLessThanOrEqual(1_000 - burst);
  expect(limited.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
  expect((await askFrom('198.51.100.1', wrong())).status).toBe(401);
}, 60_000);
