import { expect, test } from '@jest/globals';
import { type Database } from '../src/core/database.js';
import {
  type RuleFacts,
  ruleKey,
  upsertDetectionRules,
} from '../src/pipeline/extraction/upsert-detection-rules.js';
import { createRuleImportStore } from '../src/resources/rule-import-store.js';
import { withDatabase } from './with-database.js';

let database: Database;
withDatabase((opened) => {
  database = opened;
});

const FACTS = {
  sourceName: 'sentinel',
  severity: 'High',
  mitreTactics: [],
  mitreTechniques: [],
} as const;

const imported = async (rule: { sourceRuleId?: string; name: string }, sourceName?: string) => {
  const [outcome] = await createRuleImportStore(database).importRules(
    [{ severity: 'Low', mitreTactics: [], mitreTechniques: [], documentation: 'Why.', ...rule }],
    { isDryRun: false, ...(sourceName !== undefined && { sourceName }) },
  );
  return outcome?.rule_uuids[0];
};

const ruleOfAlert = async (facts: Pick<RuleFacts, 'sourceRuleId' | 'name'>) => {
  const rule = { ...FACTS, ...facts };
  return (await upsertDetectionRules(database, [rule])).get(ruleKey(rule));
};

test('alerts of every source have the rule that was imported for none: by id, else by name', async () => {
  const byName = await imported({ sourceRuleId: 'of the file', name: 'Odd Sign-In' });
  const byId = await imported({ sourceRuleId: 'I-1', name: 'Another' });
  expect(await ruleOfAlert({ sourceRuleId: 'I-1', name: 'odd sign-in' })).toBe(byId);
  expect(await ruleOfAlert({ sourceRuleId: 'I-2', name: 'ODD sign-in' })).toBe(byName);
  expect(await database.prisma.detectionRule.count()).toBe(2);
});

test('the own rule of a source comes first, and a rule of another source is none', async () => {
  await imported({ sourceRuleId: 'O-1', name: 'For all' });
  const own = await imported({ sourceRuleId: 'O-1', name: 'For Sentinel' }, 'sentinel');
  expect(await ruleOfAlert({ sourceRuleId: 'O-1', name: 'x' })).toBe(own);

  const others = await imported({ sourceRuleId: 'O-2', name: 'For Splunk' }, 'splunk');
  const made = await ruleOfAlert({ sourceRuleId: 'O-2', name: 'For Splunk' });
  expect([made, others].every((id) => id !== undefined)).toBe(true);
  expect(made).not.toBe(others);
});
