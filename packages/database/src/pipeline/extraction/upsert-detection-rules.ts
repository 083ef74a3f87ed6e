import { newUuid, type Severity } from '@calseta/common';
import { type Connection } from '../../core/database.js';
import { columnNames, type Columns, defineRows, storedValues } from '../../core/rows.js';

/** What a payload says about the rule that raised the alert. */
export type RuleFacts = {
  sourceName: string;
  sourceRuleId: string;
  name: string;
  severity: Severity;
  mitreTactics: readonly string[];
  mitreTechniques: readonly string[];
};

export const ruleKey = (rule: Pick<RuleFacts, 'sourceName' | 'sourceRuleId'>): string =>
  JSON.stringify([rule.sourceName, rule.sourceRuleId]);

/**
 * Finds the rules and creates missing ones; returns ids by rule key. A rule that was imported for no source stands for
 * every source, by its id or else by its name. Existing rules are never changed, because people edit them.
 */
export async function upsertDetectionRules(
  client: Connection,
  given: readonly RuleFacts[],
): Promise<Map<string, string>> {
  if (given.length === 0) return new Map();
  const rules = new Map([...given].reverse().map((rule) => [ruleKey(rule), rule]));
  const known = await findIds(client, FIND, RULE_KEYS.parameters([...rules.values()]));
  const notOwn = missing(rules, known);
  if (notOwn.length === 0) return known;
  const imported = await findIds(client, FIND_IMPORTED, RULE_NAMES.parameters(notOwn));
  const unknown = missing(rules, new Map([...known, ...imported]));
  if (unknown.length === 0) return new Map([...known, ...imported]);
  await client.query(INSERT, NEW_RULES.parameters(unknown));
  // Read, not returned by the insert: another process may have created some of them first.
  const created = await findIds(client, FIND, RULE_KEYS.parameters(unknown));
  return new Map([...known, ...imported, ...created]);
}

const missing = (rules: ReadonlyMap<string, RuleFacts>, known: ReadonlyMap<string, string>) =>
  [...rules].filter(([key]) => !known.has(key)).map(([, rule]) => rule);

const RULE_KEY: Columns<RuleFacts> = {
  source_name: ['text', ({ sourceName }) => sourceName],
  source_rule_id: ['text', ({ sourceRuleId }) => sourceRuleId],
};
const RULE_COLUMNS: Columns<RuleFacts> = {
  id: ['uuid', () => newUuid()],
  ...RULE_KEY,
  name: ['text', ({ name }) => name],
  severity: ['text', ({ severity }) => severity, 'severity::severity'],
  mitre_tactics: [
    'jsonb',
    ({ mitreTactics }) => JSON.stringify(mitreTactics),
    'ARRAY(SELECT jsonb_array_elements_text(mitre_tactics))',
  ],
  mitre_techniques: [
    'jsonb',
    ({ mitreTechniques }) => JSON.stringify(mitreTechniques),
    'ARRAY(SELECT jsonb_array_elements_text(mitre_techniques))',
  ],
};
const NEW_RULES = defineRows('given', RULE_COLUMNS);
const RULE_KEYS = defineRows('given', RULE_KEY);
const RULE_NAMES = defineRows<RuleFacts>('given', {
  ...RULE_KEY,
  name: ['text', ({ name }) => name],
});

const INSERT = `
  INSERT INTO detection_rules (${columnNames(RULE_COLUMNS)}, is_auto_created, updated_at)
  SELECT ${storedValues(RULE_COLUMNS)}, true, now()
    FROM ${NEW_RULES.from}
   ORDER BY source_name COLLATE "C", source_rule_id COLLATE "C"
  ON CONFLICT (source_name, source_rule_id) DO NOTHING`;

const FIND = `
  SELECT r.id, given.source_name AS "sourceName", given.source_rule_id AS "sourceRuleId"
    FROM detection_rules r
    JOIN ${RULE_KEYS.from}
      ON given.source_name = r.source_name AND given.source_rule_id = r.source_rule_id`;

/** The last row of a key counts: a rule with its id after those with its name, the oldest last. */
const FIND_IMPORTED = `
  WITH given AS (SELECT * FROM ${RULE_NAMES.from})
  SELECT id, source_name AS "sourceName", source_rule_id AS "sourceRuleId"
    FROM (SELECT r.id, given.*, true AS is_by_id
            FROM given JOIN detection_rules r
              ON r.source_name IS NULL AND r.source_rule_id = given.source_rule_id
           UNION ALL
          SELECT r.id, given.*, false
            FROM given JOIN detection_rules r
              ON r.source_name IS NULL AND lower(r.name) = lower(given.name)) AS found
   ORDER BY is_by_id, id DESC`;

async function findIds(
  client: Connection,
  sql: string,
  parameters: unknown[][],
): Promise<Map<string, string>> {
  const { rows } = await client.query<{ id: string; sourceName: string; sourceRuleId: string }>(
    sql,
    parameters,
  );
  return new Map(rows.map((row) => [ruleKey(row), row.id]));
}
