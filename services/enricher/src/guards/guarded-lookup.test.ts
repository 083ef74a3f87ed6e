import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type Provider, type ProviderAnswer } from '../domain/provider.js';
import { createGuardedLookup, localGuards } from './guarded-lookup.js';

const settings = {
  isEnabled: true,
  configVersion: 1,
  indicatorTypes: [],
  reliability: 1,
  ttlSeconds: 1,
  negativeTtlSeconds: 1,
  timeoutMs: 60_000,
};
const subject = { type: 'ip', value: '198.51.100.7', classification: 'public' } as const;
const notFound: ProviderAnswer = { kind: 'not_found' };

function guarded(lookup: Provider['lookup']) {
  const ask = createGuardedLookup(localGuards());
  const provider: Provider = { name: 'p', reach: 'local', supports: () => true, lookup };
  return async (
    more: { value?: string; configVersion?: number; timeoutMs?: number; signal?: AbortSignal } = {},
  ) =>
    await ask({
      provider,
      settings: { ...settings, ...more },
      subject: { ...subject, value: more.value ?? subject.value },
      context: { signal: more.signal ?? new AbortController().signal },
    });
}

describe('createGuardedLookup', () => {
  test('shares one call among equal questions under way, and asks anew once it is over', async () => {
    let calls = 0;
    const ask = guarded(async () => {
      calls++;
      return notFound;
    });
    await Promise.all([ask(), ask(), ask()]);
    expect(calls).toBe(1);
    await ask();
    expect(calls).toBe(2);
  });

  test('shares neither between values nor between versions of the settings', async () => {
    let calls = 0;
    const ask = guarded(async () => {
      calls++;
      return notFound;
    });
    await Promise.all([ask(), ask({ value: '198.51.100.8' }), ask({ configVersion: 2 })]);
    expect(calls).toBe(3);
  });

  test('gives up after the time-out and tells the provider to stop', async () => {
    let given: AbortSignal | undefined;
    const ask = guarded(async (_subject, { signal }) => {
      given = signal;
      return await new Promise(() => undefined);
    });
    expect(await ask({ timeoutMs: 5 })).toEqual({ kind: 'timeout', afterMs: 5 });
    expect(given?.aborted).toBe(true);
  });

  test('passes on that the process stops', async () => {
    const stop = new AbortController();
    const ask = guarded(
      async (_subject, { signal }) =>
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('stopped'))),
        ),
    );
    const asked = ask({ signal: stop.signal });
    stop.abort();
    expect(await asked).toEqual({ kind: 'unavailable', reason: 'stopped' });
  });

  test('tells so a provider that looks late, whichever came first', async () => {
    const lookLate = async (more: { timeoutMs?: number; signal?: AbortSignal }) =>
      await new Promise<boolean>((resolve) => {
        const ask = guarded(async (_subject, context) => {
          await delay(20);
          resolve(context.signal.aborted);
          return notFound;
        });
        void ask(more);
      });
    expect(await lookLate({})).toBe(false);
    expect(await lookLate({ timeoutMs: 5 })).toBe(true);
    expect(await lookLate({ signal: AbortSignal.abort() })).toBe(true);
  });

  test.each<[string, Provider['lookup']]>([
    [
      'throws at once',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', async () => await Promise.reject(new Error('broken'))],
  ])('makes an answer of a provider that %s', async (_name, lookup) => {
    expect(await guarded(lookup)()).toEqual({ kind: 'unavailable', reason: 'broken' });
  });

  test('makes an answer of nonsense', async () => {
    expect((await guarded(async () => 42 as never)()).kind).toBe('unavailable');
  });
});
