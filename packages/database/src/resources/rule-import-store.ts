import {
  IMPORTED_FIELDS,
  type ImportedField,
  type ImportedRule,
  newUuid,
  type Severity,
} from '@calseta/common';
import { type Database, type Transaction } from '../core/database.js';
import { groupByKey } from '../core/group-by-key.js';
import { columnNames, type Columns, defineRows, storedValues } from '../core/rows.js';

/** A rule of a file, within the limits of detection rules. What is empty, or Pending, says nothing. */
export type RuleToImport = {
  sourceRuleId?: string;
  name: string;
  severity: Severity;
  mitreTactics: readonly string[];
  mitreTechniques: readonly string[];
  documentation: string;
};

export type RuleImportOptions = { sourceName?: string; isDryRun: boolean };

export type RuleImportOutcome = Pick<
  ImportedRule,
  'outcome' | 'rule_uuids' | 'changed_fields' | 'kept_fields'
>;

export interface RuleImportStore {
  /**
   * Writes each rule to the rules that it stands for, or creates it; answers in the order of the rules. No id, and no
   * name of a rule without an id, is given twice.
   */
  importRules(
    rules: readonly RuleToImport[],
    options: RuleImportOptions,
  ): Promise<RuleImportOutcome[]>;
}

/** Rules a transaction: a chunk holds its locks and its texts for a fraction of a second. */
const CHUNK = 250;

/** Imports of rule files; one runs at a time, so that two cannot create the same rule. */
export const createRuleImportStore = (database: Database): RuleImportStore => ({
  async importRules(rules, options) {
    const outcomes: RuleImportOutcome[] = [];
    for (let start = 0; start < rules.length; start += CHUNK) {
      const chunk = rules.slice(start, start + CHUNK);
      outcomes.push(
        ...(await database.transaction(
          async (client) => await importChunk(client, chunk, options),
        )),
      );
    }
    return outcomes;
  },
});

type Known = { id: string; editedFields: string[]; importedRuleId: string | null } & Pick<
  RuleToImport,
  ImportedColumn
>;
type ImportedColumn = 'name' | 'severity' | 'mitreTactics' | 'mitreTechniques' | 'documentation';
type Match = { id: string; rule: RuleToImport };
type NewRule = { id: string; sourceName: string | null; rule: RuleToImport };

async function importChunk(
  client: Transaction,
  rules: readonly RuleToImport[],
  { sourceName, isDryRun }: RuleImportOptions,
): Promise<RuleImportOutcome[]> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('calseta.import-rules'))`);
  const known = await findKnown(client, rules, sourceName);
  const { outcomes, updates, inserts } = planChunk(rules, known, sourceName ?? null);
  if (isDryRun)
    return outcomes.map((each) => (each.outcome === 'created' ? notCreated(each) : each));
  if (updates.length > 0) await client.query(UPDATE, MATCHES.parameters(updates));
  if (inserts.length > 0) await client.query(INSERT, NEW_RULES.parameters(inserts));
  return outcomes;
}

const notCreated = (created: RuleImportOutcome): RuleImportOutcome => ({
  ...created,
  rule_uuids: [],
});

function planChunk(
  rules: readonly RuleToImport[],
  known: KnownRules,
  sourceName: string | null,
): { outcomes: RuleImportOutcome[]; updates: Match[]; inserts: NewRule[] } {
  const updates: Match[] = [];
  const inserts: NewRule[] = [];
  const taken = new Set<string>();
  const outcomes = rules.map((rule, index): RuleImportOutcome => {
    // Two rules of one name are two rules: the first takes the row that has the name, the second becomes a row.
    const matches =
      known.byId.get(index) ?? known.byName.get(index)?.filter(({ id }) => !taken.has(id));
    if (!matches || matches.length === 0) {
      const id = newUuid();
      inserts.push({ id, sourceName, rule });
      return outcome('created', [id], { changed: saidBy(rule), kept: [] });
    }
    const fields = matches.map((row) => compare(row, rule));
    matches.forEach((row, at) => {
      taken.add(row.id);
      const isOther = row.importedRuleId !== (rule.sourceRuleId ?? null);
      if (isOther || fields[at]?.changed.length) updates.push({ id: row.id, rule });
    });
    const changed = fields.flatMap((each) => each.changed);
    const kept = fields.flatMap((each) => each.kept);
    const ids = matches.map(({ id }) => id);
    return outcome(changed.length > 0 ? 'updated' : 'unchanged', ids, { changed, kept });
  });
  return { outcomes, updates, inserts };
}

const outcome = (
  word: RuleImportOutcome['outcome'],
  ids: string[],
  { changed, kept }: { changed: readonly ImportedField[]; kept: readonly ImportedField[] },
): RuleImportOutcome => ({
  outcome: word,
  rule_uuids: ids,
  changed_fields: [...new Set(changed)],
  kept_fields: [...new Set(kept)],
});

const COLUMN_OF: Record<ImportedField, ImportedColumn> = {
  name: 'name',
  severity: 'severity',
  mitre_tactics: 'mitreTactics',
  mitre_techniques: 'mitreTechniques',
  documentation: 'documentation',
};

/** The fields of which the file says something. */
const saidBy = (rule: RuleToImport): ImportedField[] =>
  IMPORTED_FIELDS.filter((field) => {
    const value = rule[COLUMN_OF[field]];
    return value.length > 0 && value !== 'Pending';
  });

/** The fields in which the file differs from a row, and which of them a person wrote. */
function compare(row: Known, rule: RuleToImport) {
  const differing = saidBy(rule).filter((field) => {
    const column = COLUMN_OF[field];
    return JSON.stringify(row[column]) !== JSON.stringify(rule[column]);
  });
  const isEdited = (field: ImportedField) => row.editedFields.includes(field);
  return {
    changed: differing.filter((field) => !isEdited(field)),
    kept: differing.filter(isEdited),
  };
}

/** By position of the rule: the rows that carry its id, and those that carry its name and no other rule's id. */
type KnownRules = { byId: Map<number, Known[]>; byName: Map<number, Known[]> };

async function findKnown(
  client: Transaction,
  rules: readonly RuleToImport[],
  sourceName: string | undefined,
): Promise<KnownRules> {
  const { rows } = await client.query<Known & { position: string; isById: boolean }>(FIND, [
    ...KEYS.parameters(rules),
    sourceName ?? null,
  ]);
  const grouped = (isById: boolean) =>
    groupByKey(
      rows
        .filter((row) => row.isById === isById)
        .map((row) => [Number(row.position) - 1, row] as const),
    );
  return { byId: grouped(true), byName: grouped(false) };
}

const asTexts = (column: string): string => `ARRAY(SELECT jsonb_array_elements_text(${column}))`;

const RULE_COLUMNS: Columns<{ rule: RuleToImport }> = {
  name: ['text', ({ rule }) => rule.name],
  severity: ['text', ({ rule }) => rule.severity, 'severity::severity'],
  mitre_tactics: [
    'jsonb',
    ({ rule }) => JSON.stringify(rule.mitreTactics),
    asTexts('mitre_tactics'),
  ],
  mitre_techniques: [
    'jsonb',
    ({ rule }) => JSON.stringify(rule.mitreTechniques),
    asTexts('mitre_techniques'),
  ],
  documentation: ['text', ({ rule }) => rule.documentation],
  imported_rule_id: ['text', ({ rule }) => rule.sourceRuleId ?? null],
};
const NEW_RULE_COLUMNS: Columns<NewRule> = {
  id: ['uuid', ({ id }) => id],
  source_name: ['text', ({ sourceName }) => sourceName],
  source_rule_id: ['text', ({ rule }) => rule.sourceRuleId ?? null],
  ...RULE_COLUMNS,
};
const KEYS = defineRows<RuleToImport>(
  'given',
  {
    rule_id: ['text', ({ sourceRuleId }) => sourceRuleId ?? null],
    name: ['text', ({ name }) => name],
  },
  { isNumbered: true },
);
const MATCHES = defineRows<Match>('given', { id: ['uuid', ({ id }) => id], ...RULE_COLUMNS });
const NEW_RULES = defineRows('given', NEW_RULE_COLUMNS);

const KNOWN = `
  given.position, r.id, r.edited_fields AS "editedFields",
  r.imported_rule_id AS "importedRuleId", r.name, r.severity::text AS severity,
  r.mitre_tactics AS "mitreTactics", r.mitre_techniques AS "mitreTechniques", r.documentation`;
const IN_SOURCE = `($${KEYS.nextParameter}::text IS NULL OR r.source_name = $${KEYS.nextParameter})`;
const FIND = `
  WITH given AS (SELECT * FROM ${KEYS.from})
  SELECT ${KNOWN}, true AS "isById"
    FROM given
    JOIN detection_rules r ON r.source_rule_id = given.rule_id AND ${IN_SOURCE}
   UNION
  SELECT ${KNOWN}, true
    FROM given
    JOIN detection_rules r ON r.imported_rule_id = given.rule_id AND ${IN_SOURCE}
   UNION
  SELECT ${KNOWN}, false
    FROM given
    JOIN detection_rules r ON lower(r.name) = lower(given.name) AND r.imported_rule_id IS NULL AND ${IN_SOURCE}`;

/** Keeps what a person wrote, and what the file says nothing of. */
const merged = (field: ImportedField, said: string): string =>
  `${field} = CASE WHEN '${field}' = ANY(r.edited_fields) THEN r.${field} ELSE coalesce(${said}, r.${field}) END`;

const UPDATE = `
  UPDATE detection_rules r
     SET ${merged('name', 'given.name')},
         ${merged('severity', `nullif(given.severity, 'Pending')::severity`)},
         ${merged('mitre_tactics', `nullif(${asTexts('given.mitre_tactics')}, '{}')`)},
         ${merged('mitre_techniques', `nullif(${asTexts('given.mitre_techniques')}, '{}')`)},
         ${merged('documentation', `nullif(given.documentation, '')`)},
         imported_rule_id = given.imported_rule_id, imported_at = now(), updated_at = now()
    FROM ${MATCHES.from}
   WHERE r.id = given.id`;

/** A row of the same key was made by an alert a moment ago. */
const INSERT = `
  INSERT INTO detection_rules (${columnNames(NEW_RULE_COLUMNS)}, imported_at, updated_at)
  SELECT ${storedValues(NEW_RULE_COLUMNS)}, now(), now()
    FROM ${NEW_RULES.from}
  ON CONFLICT (source_name, source_rule_id) DO UPDATE
    SET ${Object.keys(RULE_COLUMNS)
      .map((name) => `${name} = excluded.${name}`)
      .join(', ')}, imported_at = now()`;
