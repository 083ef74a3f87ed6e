import { expect, test } from '@jest/globals';
import { type AlertFacts } from './alert-facts.js';
import { alertRuleSchema, compileAlertRule } from './alert-rule.js';
import { matchAgents } from './match-agents.js';

const alert: AlertFacts = {
  alert: {
    sourceName: 'sentinel',
    severity: 'Medium',
    title: 'T',
    status: 'Open',
    malice: 'Pending',
    tags: ['auth'],
    hosts: [],
    users: [],
    mitreTactics: [],
    mitreTechniques: [],
    normalizedFields: {},
  },
  indicators: [],
  rawPayloadJson: '{"result":{"index":"prod"}}',
};

const agent = (name: string, overrides = {}) => ({
  id: name,
  name,
  isActive: true,
  receiveUpdates: true,
  receivesAlerts: true,
  triggerFilter: {},
  ...overrides,
});

const onIndex = (value: string) =>
  compileAlertRule(
    alertRuleSchema.parse({ all: [{ field: 'raw_payload.result.index', op: 'eq', value }] }),
  );

test('tells agents that match from those that do not, and why', () => {
  const { matched, unmatched, isCut } = matchAgents(
    [
      agent('any'),
      agent('high', { triggerFilter: { min_severity: 'High' } }),
      agent('auth', { triggerFilter: { tags: ['auth', 'vpn'] } }),
      agent('off', { isActive: false }),
      agent('events', { receivesAlerts: false }),
      agent('prod', { match: onIndex('prod') }),
      agent('test', { match: onIndex('test') }),
      agent('both', { match: onIndex('prod'), triggerFilter: { min_severity: 'High' } }),
    ],
    alert,
  );
  expect(matched.map(({ name }) => name)).toEqual(['any', 'auth', 'prod']);
  expect(unmatched.map(({ agent: { name }, clause }) => [name, clause])).toEqual([
    ['high', 'min_severity: Medium is below High'],
    ['off', 'is_active: it is switched off'],
    ['events', 'events: it takes no alert.enriched'],
    ['test', 'match/all/0: raw_payload.result.index eq "test"'],
    ['both', 'min_severity: Medium is below High'],
  ]);
  expect(isCut).toBe(false);
});

test('lets an agent decline updates, but not an alert that matches for the first time', () => {
  const declining = { receiveUpdates: false };
  const { matched, unmatched } = matchAgents(
    [agent('all'), agent('known', declining), agent('new', declining)],
    alert,
    { pushedAgentIds: ['all', 'known'] },
  );
  expect(matched.map(({ name }) => name)).toEqual(['all', 'new']);
  expect(unmatched.map(({ clause }) => clause)).toEqual(['receive_updates: it declines updates']);
});

test('gives nobody an alert that is muted, until the mute ends', () => {
  const mute = (until: number) => ({
    id: 'm1',
    rule: onIndex('prod'),
    until: new Date(until),
    reason: 'Pentest',
  });
  const agents = [agent('any'), agent('off', { isActive: false })];
  const muted = matchAgents(agents, alert, { mutes: [mute(Date.now() + 60_000)] });
  expect(muted.mute?.id).toBe('m1');
  expect(muted.matched).toEqual([]);
  expect(muted.unmatched.map(({ clause }) => clause)).toEqual([
    'mute m1: Pentest',
    'is_active: it is switched off',
  ]);
  const ended = matchAgents(agents, alert, { mutes: [mute(Date.now() - 1)] });
  expect(ended.mute).toBeUndefined();
  expect(ended.matched.map(({ name }) => name)).toEqual(['any']);
});
