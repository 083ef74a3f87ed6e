import { describe, expect, test } from '@jest/globals';
import { type Principal } from '@calseta/common';
import { operation } from './operation.js';

const principal: Principal = {
  keyId: 'k',
  name: 'k',
  keyType: 'agent',
  principalId: 'agent:k',
  createdBy: null,
  agentId: null,
  isShadow: false,
  scopes: ['alerts:read'],
  allowedSources: null,
  urlTokenSource: null,
};
const caller = { principal, traceparent: '00-1-2-01' };

describe('operation', () => {
  test('runs its work for whoever holds the scope', async () => {
    const double = operation(
      { scope: 'alerts:read' },
      async (input: number, { principal: who }) =>
        await Promise.resolve(`${who.keyId}: ${2 * input}`),
    );
    await expect(double.run(21, caller)).resolves.toBe('k: 42');
  });

  test.each([
    ['lacks the scope', { scope: 'alerts:write' }],
    ['is of the other type', { scope: 'alerts:read', keyType: 'human' }],
  ] as const)('refuses a key that %s before any work', async (_why, access) => {
    let runs = 0;
    const guarded = operation(access, async () => await Promise.resolve((runs += 1)));
    await expect(guarded.run(undefined, caller)).rejects.toMatchObject({ code: 'auth.forbidden' });
    expect(runs).toBe(0);
  });
});
