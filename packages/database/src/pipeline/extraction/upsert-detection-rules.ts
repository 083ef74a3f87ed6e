import { newUuid, type Severity } from '@calseta/common';
import { type Connection } from '../../core/database.js';

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
 * Finds the rules, and makes those seen for the first time; returns the ids by rule key. A rule that
 * exists is never written to: it belongs to people.
 */
export async function upsertDetectionRules(
  client: Connection,
  given: readonly RuleFacts[],
): Promise<Map<string, string>> {
  const rules = new Map([...given].reverse().map((rule) => [ruleKey(rule), rule]));
  const known = await findRules(client, [...rules.values()]);
  const unknown = [...rules].filter(([key]) => !known.has(key)).map(([, rule]) => rule);
  if (unknown.length === 0) return known;
  await client.query(INSERT, [
    unknown.map(() => newUuid()),
    unknown.map(({ sourceName }) => sourceName),
    unknown.map(({ sourceRuleId }) => sourceRuleId),
    unknown.map(({ name }) => name),
    unknown.map(({ severity }) => severity),
    unknown.map(({ mitreTactics }) => JSON.stringify(mitreTactics)),
    unknown.map(({ mitreTechniques }) => JSON.stringify(mitreTechniques)),
  ]);
  // Read again, because another process may have been first with some of them.
  return await findRules(client, [...rules.values()]);
}

const INSERT = `
  INSERT INTO detection_rules (id, source_name, source_rule_id, name, severity, mitre_tactics,
                               mitre_techniques, updated_at)
  SELECT id, source_name, source_rule_id, name, severity::severity,
         ARRAY(SELECT jsonb_array_elements_text(tactics)),
         ARRAY(SELECT jsonb_array_elements_text(techniques)), now()
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[])
      AS given(id, source_name, source_rule_id, name, severity, tactics, techniques)
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
       JOIN unnest($1::text[], $2::text[]) AS given(source_name, source_rule_id)
         ON given.source_name = r.source_name AND given.source_rule_id = r.source_rule_id`,
    [rules.map(({ sourceName }) => sourceName), rules.map(({ sourceRuleId }) => sourceRuleId)],
  );
  return new Map(rows.map((row) => [ruleKey(row), row.id]));
}
