import { testDatabase } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database } from '../src/core/database.js';
import { openTestDatabase } from './with-database.js';

/** Tables without configuration and triage, and those whose changes another table shows. */
const NOT_AUDITED = [
  ...['audit_entries', 'audit_chain', 'config_version', 'idempotency_records'],
  // What comes in, and what the pipeline makes of it.
  ...['alert_indicators', 'alert_occurrences', 'alert_texts', 'alert_updates', 'dedup_slots'],
  ...['delivery_attempts', 'enrichment_raw_answers', 'enrichment_results', 'event_counts'],
  ...['missing_lookups', 'provider_gates', 'provider_health', 'provider_lookup_counts'],
  ...['provider_lookups', 'provider_requests', 'workflow_run_steps'],
  // What is counted of alerts.
  ...[
    'alert_tallies',
    'alert_day_tallies',
    'alert_tallied_days',
    'alert_tally_marks',
    'alert_tally_state',
  ],
  // Of approvals: how approvers are told.
  ...['approval_links', 'approval_notices'],
  // Earlier versions of what is audited.
  ...['context_document_versions', 'enrichment_provider_versions', 'workflow_versions'],
];

/** Names of columns that may hold a secret. */
const MAY_BE_SECRET = /encrypted|secret|credential|password|token|hash|^headers$|subscriptions/;
/** Columns with such a name that hold none. */
const NO_SECRET = new Set([
  ...['workflows.secret_names', 'secret_grants.secret_name', 'api_keys.url_token_source'],
  ...['approvals.parameters_hash', 'workflow_runs.parameters_hash', 'agents.max_tokens'],
  ...['agents.previous_secret_expires_at'],
]);

type Trigger = { table: string; columns: string[]; calledOn: string[]; args: string[] };

let home: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let triggers: Trigger[];
let tables: string[];
beforeAll(async () => {
  home = await testDatabase();
  database = await openTestDatabase(home.url);
  const { rows } = await database.query<Trigger & { args: never; raw: Buffer }>(`
    SELECT relname AS "table", tgargs AS raw,
           (SELECT array_agg(attname::text) FROM pg_attribute
             WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped) AS columns,
           (SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute
             WHERE attrelid = pg_class.oid AND attnum = ANY (tgattr::int2[])) AS "calledOn"
      FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
     WHERE tgname = relname || '_audit'`);
  triggers = rows.map(({ raw, ...row }) => ({ ...row, args: raw.toString('utf8').split('\0') }));
  const { rows: all } = await database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables
      WHERE schemaname = 'public' AND tablename NOT LIKE '\\_prisma%'`,
  );
  tables = all.map(({ name }) => name);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await home.drop();
});

const listOf = (text = ''): string[] => text.replace(/^\{|\}$/g, '').split(',');
const generic = () => triggers.filter(({ args }) => args.length > 2);

test('every table is audited, or is named as one that is not', () => {
  const known = [...triggers.map(({ table }) => table), ...NOT_AUDITED];
  expect(known.sort()).toEqual([...tables].sort());
});

describe('of every audited table', () => {
  test('columns that may hold secrets are named as such, or left out', () => {
    const open = generic().flatMap(({ table, columns, args: [, , leftOut, secrets] }) =>
      columns
        .filter((column) => MAY_BE_SECRET.test(column) && !NO_SECRET.has(`${table}.${column}`))
        .filter((column) => ![...listOf(leftOut), ...listOf(secrets)].includes(column))
        .map((column) => `${table}.${column}`),
    );
    expect(open).toEqual([]);
  });

  test('a change of a column calls the trigger, unless it is left out or never audited', () => {
    const missed = generic()
      .filter(({ table }) => ['agents', 'sources'].includes(table))
      .flatMap(({ table, columns, calledOn, args: [, id = '', leftOut] }) =>
        columns
          .filter((column) => ![...calledOn, ...listOf(leftOut), id].includes(column))
          .map((column) => `${table}.${column}`),
      );
    // The senders of messages write them; a confirmation is an entry of its own.
    expect(missed.sort()).toEqual(['sources.subscriptions']);
  });
});
