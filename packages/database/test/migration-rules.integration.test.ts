import { describe, expect, test } from '@jest/globals';
import { readMigrations } from '../src/migrations/read-migrations.js';
import { findFaults } from './migration-rules.js';

/** Migrations of before these rules; databases with many alerts have them already. */
const OF_BEFORE = new Set<string>([
  '20260101000100_rules_of_rows',
  '20260101000400_fewer_indexes',
  '20260101000500_links_by_alert',
  '20260101000600_sweeps_by_lane',
  '20260101000730_updates',
  '20260101000760_quarantine_of_sources',
  '20260101000781_alerts_by_host_and_user',
  '20260101000862_mutes',
  '20260101000880_life_of_deliveries',
  '20260101000890_agents_own_keys',
  '20260101000895_lean_inserts',
  '20260101000911_alerts_by_occurrence',
  '20260101000930_metrics_of_alerts',
]);

describe('a migration may not', () => {
  test.each([
    ['build an index under a lock', 'CREATE INDEX "i" ON "alerts" ("id");'],
    ['build a unique one', 'CREATE UNIQUE INDEX i ON indicators (id);'],
    [
      'do more beside a concurrent one',
      'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON alerts (id); SELECT 1;',
    ],
    ['build one that cannot be repeated', 'CREATE INDEX CONCURRENTLY i ON alerts (id);'],
    ['drop a column', 'ALTER TABLE "agents" DROP COLUMN "name";'],
    ['drop a table', 'DROP TABLE agents;'],
    ['rename a column', 'ALTER TABLE agents RENAME COLUMN a TO b;'],
    ['rename a table', 'ALTER TABLE agents RENAME TO clients;'],
    ['demand a value of the release before', 'ALTER TABLE agents ADD COLUMN a int NOT NULL;'],
    [
      'demand one of two',
      'ALTER TABLE agents ADD COLUMN a int NOT NULL, ADD COLUMN b int NOT NULL DEFAULT 1;',
    ],
    ['refuse what the release before writes', 'ALTER TABLE agents ALTER COLUMN a SET NOT NULL;'],
    ['rewrite a table', 'ALTER TABLE "alerts" ALTER COLUMN "id" TYPE text;'],
    ['rewrite it by a default', 'ALTER TABLE alerts ADD COLUMN k uuid DEFAULT gen_random_uuid();'],
    ['check a large table', 'ALTER TABLE alerts ADD CONSTRAINT c CHECK (id IS NOT NULL);'],
    [
      'check it against another',
      'ALTER TABLE alerts ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b (id);',
    ],
    ['build an index as a constraint', 'ALTER TABLE alerts ADD CONSTRAINT c UNIQUE (a);'],
    ['lock a table', 'LOCK TABLE alerts;'],
  ])('%s', (_what, sql) => {
    expect(findFaults(sql)).toHaveLength(1);
  });
});

describe('a migration may', () => {
  test.each([
    [
      'build an index concurrently',
      '-- Why; it is.\nCREATE INDEX CONCURRENTLY IF NOT EXISTS "i" ON "alerts" ("id");\n',
    ],
    ['index a small table', 'CREATE INDEX i ON agents (id);'],
    [
      'do anything with a table that it makes',
      'CREATE TABLE "findings" (id int); CREATE INDEX i ON findings (id); ALTER TABLE findings ADD CHECK (id > 0);',
    ],
    ['add columns', 'ALTER TABLE alerts ADD COLUMN a int, ADD COLUMN b int NOT NULL DEFAULT 0;'],
    [
      'add a column by its default first',
      'ALTER TABLE alerts ADD COLUMN a int DEFAULT 0 NOT NULL;',
    ],
    ['check new rows', 'ALTER TABLE alerts ADD CONSTRAINT c CHECK (a > 0) NOT VALID;'],
    ['use an index', 'ALTER TABLE alerts ADD CONSTRAINT c UNIQUE USING INDEX i;'],
    ['drop an index', 'DROP INDEX CONCURRENTLY IF EXISTS "i";'],
    ['write about it', "COMMENT ON TABLE alerts IS 'DROP TABLE alerts; CREATE INDEX i ON alerts'"],
  ])('%s', (_what, sql) => {
    expect(findFaults(sql)).toEqual([]);
  });
});

test('every migration keeps to the rules', async () => {
  const migrations = await readMigrations();
  const faults = migrations
    .filter(({ name }) => !OF_BEFORE.has(name))
    .flatMap(({ name, sql }) => findFaults(sql).map((fault) => `${name}: ${fault}`));
  expect(faults).toEqual([]);
});

test('the list of exceptions names only migrations that need one', async () => {
  const broken = (await readMigrations()).filter(({ sql }) => findFaults(sql).length > 0);
  expect([...OF_BEFORE].filter((name) => !broken.some((one) => one.name === name))).toEqual([]);
});
