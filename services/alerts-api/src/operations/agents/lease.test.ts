import { PUSH_BYTES, type Principal } from '@calseta/common';
import { type DispatchAgent } from '@calseta/database';
import { expect, test } from '@jest/globals';
import { leaseOperations, type LeaseDeps } from './lease.js';

const principal: Principal = {
  keyId: 'k',
  name: 'k',
  keyType: 'human',
  principalId: 'human:k',
  createdBy: null,
  agentId: null,
  isShadow: false,
  scopes: ['admin'],
  allowedSources: null,
  urlTokenSource: null,
};
const caller = { principal, traceparent: '00-1-2-01' };

test.each([
  ['large', PUSH_BYTES.max, 4],
  ['small', PUSH_BYTES.min, 20],
])('leases whose bodies may be %s claim no more than has room', async (_, maxBytes, together) => {
  const claims: (() => void)[] = [];
  const agent = { isActive: true, payload: { maxBytes } } as DispatchAgent;
  const { lease } = leaseOperations({
    dispatch: {
      findAgent: async () => await Promise.resolve(agent),
      claimDue: async () => {
        await new Promise<void>((end) => claims.push(end));
        return [];
      },
    },
    pull: { noteTokens: async () => await Promise.resolve() },
  } as unknown as LeaseDeps);
  const request = { uuid: 'a', max: 10, wait_seconds: 0, lease_seconds: 60 };
  const leases = Array.from({ length: 20 }, async () => await lease.run(request, caller));
  const aTurn = async () => await new Promise((resolve) => setImmediate(resolve));

  await aTurn();
  expect(claims).toHaveLength(together);
  for (let ended = 0; ended < 20; ended += 1) {
    claims[ended]?.();
    await aTurn();
  }
  expect(await Promise.all(leases)).toHaveLength(20);
});
