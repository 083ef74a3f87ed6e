import { expect, test } from '@jest/globals';
import { matchAgents } from './match-agents.js';

const alert = {
  sourceName: 'sentinel',
  severity: 'Medium',
  title: 'T',
  tags: ['auth'],
  hosts: [],
  users: [],
} as const;

const agent = (name: string, overrides = {}) => ({
  id: name,
  name,
  isActive: true,
  receiveUpdates: true,
  triggerFilter: {},
  ...overrides,
});

test('tells agents that match from those that do not, and why', () => {
  const { matched, unmatched } = matchAgents(
    [
      agent('any'),
      agent('high', { triggerFilter: { min_severity: 'High' } }),
      agent('auth', { triggerFilter: { tags: ['auth', 'vpn'] } }),
      agent('off', { isActive: false }),
    ],
    alert,
  );
  expect(matched.map(({ name }) => name)).toEqual(['any', 'auth']);
  expect(unmatched.map(({ agent: { name }, clause }) => [name, clause])).toEqual([
    ['high', 'min_severity: Medium is below High'],
    ['off', 'is_active: it is switched off'],
  ]);
});

test('lets an agent decline updates, but not an alert that matches for the first time', () => {
  const declining = { receiveUpdates: false };
  const { matched, unmatched } = matchAgents(
    [agent('all'), agent('known', declining), agent('new', declining)],
    alert,
    ['all', 'known'],
  );
  expect(matched.map(({ name }) => name)).toEqual(['all', 'new']);
  expect(unmatched.map(({ clause }) => clause)).toEqual(['receive_updates: it declines updates']);
});
