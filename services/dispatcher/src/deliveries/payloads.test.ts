import {
  type AlertContext,
  completeContext,
  DEFAULT_PAYLOAD,
  PUSH_BYTES,
  PUSH_TOKENS,
} from '@calseta/common';
import { expect, jest, test } from '@jest/globals';
import { sampleAlert } from '../domain/sample-alert.js';
import { createPayloads } from './payloads.js';

const CONTEXT = completeContext(sampleAlert(new Date()), { documents: [], workflows: [] });
const FULL = { name: 'Full', payload: DEFAULT_PAYLOAD };

const payloadsOf = (load: () => Promise<AlertContext | undefined>, maxBytes = 1_000_000) =>
  createPayloads({
    withContext: async (_alert, render) => {
      const context = await load();
      return context && (await render(context));
    },
    loadTokenCounter: async () => await Promise.resolve((text: string) => text.length / 4),
    publicUrl: 'http://localhost:8000',
    maxBytes,
    maxAgeMs: 60_000,
  });
const alertOf = (alertId: string, revision = 1) => ({
  alertId,
  revision,
  lane: 'normal' as const,
});
const read = (body: Uint8Array | undefined) =>
  JSON.parse(Buffer.from(body ?? []).toString()) as {
    alert: { _metadata: { agent: string } };
    indicators: unknown[];
  };

test('renders an alert once, also for agents that ask at the same time, and names each agent', async () => {
  const load = jest.fn(async () => await Promise.resolve(CONTEXT));
  const payloads = payloadsOf(load);
  const names = ['a', 'b "quoted"', 'c'];
  const bodies = await Promise.all(
    names.map((name) => payloads.get(alertOf('1'), { ...FULL, name })),
  );
  expect(bodies.map((body) => read(body).alert._metadata.agent)).toEqual(names);
  expect(load).toHaveBeenCalledTimes(1);
  await payloads.get(alertOf('1', 2), FULL);
  expect(load).toHaveBeenCalledTimes(2);
});

test('uses what was prepared, by the settings of each agent', async () => {
  const load = jest.fn(async () => await Promise.resolve(undefined));
  const payloads = payloadsOf(load);
  const thin = { name: 'Thin', payload: { ...DEFAULT_PAYLOAD, mode: 'thin' as const } };
  const small = {
    name: 'Small',
    payload: { ...DEFAULT_PAYLOAD, mode: 'budgeted' as const, maxTokens: PUSH_TOKENS.min },
  };
  await payloads.prepare(alertOf('1'), CONTEXT, [FULL, thin, small]);
  const bodies = [FULL, thin, small].map(async (one) =>
    read(await payloads.get(alertOf('1'), one)),
  );
  const [full, least, budgeted] = await Promise.all(bodies);
  expect([full, least, budgeted].map((body) => body?.alert._metadata.agent)).toEqual([
    'Full',
    'Thin',
    'Small',
  ]);
  expect(full?.indicators).toHaveLength(1);
  expect(least?.indicators).toEqual([]);
  expect(load).not.toHaveBeenCalled();
});

test('renders again what did not fit into memory', async () => {
  const load = jest.fn(async () => await Promise.resolve(CONTEXT));
  const payloads = payloadsOf(load, 3_000);
  await payloads.prepare(alertOf('1'), CONTEXT, [FULL]);
  await payloads.prepare(alertOf('2'), CONTEXT, [FULL]);
  await payloads.get(alertOf('2'), FULL);
  expect(load).not.toHaveBeenCalled();
  await payloads.get(alertOf('1'), FULL);
  expect(load).toHaveBeenCalledTimes(1);
});

test('tells how many bytes a body takes, and at most, while it is not in memory', async () => {
  const payloads = payloadsOf(async () => await Promise.resolve(CONTEXT));
  const one = { ...FULL, name: 'One' };
  expect(payloads.maxBytesOf(alertOf('1'), one)).toBe(PUSH_BYTES.default);
  await payloads.prepare(alertOf('1'), CONTEXT, [FULL]);
  const body = await payloads.get(alertOf('1'), one);
  expect(payloads.maxBytesOf(alertOf('1'), one)).toBe(body?.length);
});

test('keeps nothing of an alert that is gone, and nothing of a failed render', async () => {
  const answers = [async () => await Promise.resolve(undefined), rejected, rejected];
  const payloads = payloadsOf(async () => await (answers.shift() ?? rejected)());
  expect(await payloads.get(alertOf('1'), FULL)).toBeUndefined();
  await expect(payloads.get(alertOf('1'), FULL)).rejects.toThrow('away');
  await expect(payloads.get(alertOf('1'), FULL)).rejects.toThrow('away');
});

const rejected = async () => await Promise.reject(new Error('away'));
