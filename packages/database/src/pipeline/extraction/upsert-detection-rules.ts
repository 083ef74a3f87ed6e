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
 * Finds the rules and creates missing ones; returns ids by rule key. Existing rules are never changed, because people
 * edit them.
 */
export async function upsertDetectionRules(
  client: Connection,
  given: readonly RuleFacts[],
): Promise<Map<string, string>> {
  const rules = new Map([...given].reverse().map((rule) => [ruleKey(rule), rule]));
  const known = await findRules(client, [...rules.values()]);
  const unknown = [...rules].filter(([key]) => !known.has(key)).map(([, rule]) => rule);
  if (unknown.length === 0) return known;
  await client.query(INSERT, NEW_RULES.parameters(unknown));
  // Read again: another process may have created some of them first.
  return await findRules(client, [...rules.values()]);
}

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

const INSERT = `
  INSERT INTO detection_rules (${columnNames(RULE_COLUMNS)}, is_auto_created, updated_at)
  SELECT ${storedValues(RULE_COLUMNS)}, true, now()
    FROM ${NEW_RULES.from}
   ORDER BY source_name COLLATE "C", source_rule_id COLLATE "C"
  ON CONFLICT (source_name, source_rule_id) DO NOTHING`;

async function findRules(
  client: Connection,
  rules: readonly RuleFacts[],
): Promise<Map<string, string>> {
  if (rules.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; sourceName: string; sourceRuleId: string }>(
    `SELECT r.id, r.source_name AS "sourceName", r.source_rule_id AS "sourceRuleId"
       FROM detection_rules r
       JOIN ${RULE_KEYS.from}
         ON given.source_name = r.source_name AND given.source_rule_id = r.source_rule_id`,
    RULE_KEYS.parameters(rules),
  );
  return new Map(rows.map((row) => [ruleKey(row), row.id]));
}
