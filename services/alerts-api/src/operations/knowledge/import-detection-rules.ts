import { createBulkhead, runInTurns } from '@calseta/async';
import {
  AppError,
  type DetectionRuleImport,
  type ImportDetectionRules,
  type ImportDetectionRulesQuery,
  type ImportedRule,
  RULE_IMPORT,
} from '@calseta/common';
import { type RuleImportOutcome, type RuleImportStore } from '@calseta/database';
import { type FittedRule, fitRule } from '../../rule-import/fit-rule.js';
import {
  readRuleFiles,
  type RuleInFile,
  type RuleProblem,
} from '../../rule-import/read-rule-files.js';
import { operation } from '../operation.js';

export type RuleImportDeps = { ruleImports: RuleImportStore };

export type RuleImportOperation = ReturnType<typeof importDetectionRulesOperation>;

/** Imports that a process reads at once, as the rules of one may take hundreds of megabytes, and those that wait. */
export const IMPORTS_AT_ONCE = { maxRunning: 1, maxWaiting: 4 };

type ImportRequest = ImportDetectionRules & ImportDetectionRulesQuery;

/** Imports rule files; a dry run tells what would be written. */
export function importDetectionRulesOperation(deps: RuleImportDeps) {
  const imports = createBulkhead(IMPORTS_AT_ONCE);
  return operation(
    { scope: 'config:write' },
    async (request: ImportRequest): Promise<DetectionRuleImport> =>
      await imports.run(async () => await importRules(request, deps)),
  );
}

async function importRules(
  { files, source_name: sourceName, dry_run: isDryRun }: ImportRequest,
  { ruleImports }: RuleImportDeps,
): Promise<DetectionRuleImport> {
  const { rules, problems } = await runInTurns(readRuleFiles(files));
  if (rules.length === 0) throw nothingRead(problems);
  const fitted = rules.map((rule): FittedInFile => ({ ...rule, ...fitRule(rule) }));
  const firsts = firstOfEach(fitted);
  const outcomes = await ruleImports.importRules(
    firsts.map(({ rule }) => rule),
    { isDryRun, ...(sourceName !== undefined && { sourceName }) },
  );
  const outcomeOf = new Map(firsts.map((first, index) => [first, outcomes[index]]));
  const imported = fitted.map((rule) => describeImported(rule, outcomeOf.get(rule)));
  return report(isDryRun, imported, problems);
}

type FittedInFile = RuleInFile & FittedRule;

/** The first rule of each id, or of each name where there is no id. */
function firstOfEach(fitted: readonly FittedInFile[]): FittedInFile[] {
  const byKey = new Map<string, FittedInFile>();
  for (const each of fitted) {
    const { sourceRuleId, name } = each.rule;
    const key = sourceRuleId === undefined ? `name ${name.toLowerCase()}` : `id ${sourceRuleId}`;
    if (!byKey.has(key)) byKey.set(key, each);
  }
  return [...byKey.values()];
}

const REPEATED: RuleImportOutcome = {
  outcome: 'repeated',
  rule_uuids: [],
  changed_fields: [],
  kept_fields: [],
};

const describeImported = (
  { file, line, format, rule, shortened }: FittedInFile,
  outcome: RuleImportOutcome = REPEATED,
): ImportedRule => ({
  file,
  line,
  format,
  name: rule.name,
  ...(rule.sourceRuleId !== undefined && { source_rule_id: rule.sourceRuleId }),
  ...outcome,
  shortened_fields: shortened,
});

function report(
  isDryRun: boolean,
  rules: readonly ImportedRule[],
  problems: readonly RuleProblem[],
): DetectionRuleImport {
  const count = (word: ImportedRule['outcome']) =>
    rules.filter(({ outcome }) => outcome === word).length;
  return {
    dry_run: isDryRun,
    rule_count: rules.length,
    created_count: count('created'),
    updated_count: count('updated'),
    unchanged_count: count('unchanged'),
    repeated_count: count('repeated'),
    problem_count: problems.length,
    rules: rules.slice(0, RULE_IMPORT.maxListed),
    problems: problems.slice(0, RULE_IMPORT.maxListed),
  };
}

const nothingRead = (problems: readonly RuleProblem[]): AppError =>
  new AppError('request.invalid', 'No rule can be read.', {
    issues:
      problems.length === 0
        ? [{ pointer: '/files', message: 'hold no rules' }]
        : problems.map(({ file, line, message }) => ({
            pointer: '/files',
            message: `${file}, line ${line}: ${message}`,
          })),
  });
