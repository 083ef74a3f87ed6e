import { RULE_IMPORT, type SlicedWork } from '@calseta/common';
import { elastic } from './elastic.js';
import { type ParsedPart, partsOf } from './parts-of.js';
import { type Fields, isFields } from './rule-fields.js';
import { type ReadRule, type RuleFormat } from './rule-format.js';
import { sentinel } from './sentinel.js';
import { sigma } from './sigma.js';
import { splunk } from './splunk.js';

/** The first that fits a rule reads it. */
const FORMATS = { elastic, sigma, splunk, sentinel } satisfies Record<string, RuleFormat>;

/** Where something stands: the file, and the line at which the rule begins. */
export type Place = { file: string; line: number };

export type RuleInFile = ReadRule & Place & { format: keyof typeof FORMATS };
export type RuleProblem = Place & { message: string };
export type ReadRuleFiles = { rules: RuleInFile[]; problems: RuleProblem[] };

/** Reads the rules of all files; what cannot be read is a problem and stops nothing. One rule a slice. */
export function* readRuleFiles(
  files: readonly { name: string; text: string }[],
): SlicedWork<ReadRuleFiles> {
  const rules: RuleInFile[] = [];
  const problems: RuleProblem[] = [];
  for (const { name: file, text } of files) {
    for (const { line, ...part } of partsOf(file, text)) {
      yield;
      const read = readPart(part);
      if (typeof read === 'string') problems.push({ file, line, message: read });
      else rules.push(...read.map((rule) => ({ ...rule, file, line })));
      if (rules.length > RULE_IMPORT.maxRules) {
        problems.push({
          file,
          line,
          message: `is after the ${RULE_IMPORT.maxRules} rules of one import`,
        });
        return { rules: rules.slice(0, RULE_IMPORT.maxRules), problems };
      }
    }
  }
  return { rules, problems };
}

function readPart({ value, problem }: Omit<ParsedPart, 'line'>) {
  if (problem !== undefined) return problem;
  const candidates = rulesIn(value);
  const rules: (ReadRule & Pick<RuleInFile, 'format'>)[] = [];
  for (const candidate of candidates) {
    const rule = readRule(candidate);
    if (typeof rule === 'string') return rule;
    rules.push(rule);
  }
  return rules;
}

/** A part is a rule, a list of rules, or a template of Azure that holds them as resources; a mere comment is none. */
function rulesIn(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  if (isFields(value) && Array.isArray(value['resources'])) return value['resources'];
  return isExportSummary(value) ? [] : [value];
}

/** The last line of Kibana's export counts what it exported. */
const isExportSummary = (value: unknown): boolean =>
  isFields(value) && 'exported_count' in value && !('rule_id' in value);

function readRule(candidate: unknown): (ReadRule & Pick<RuleInFile, 'format'>) | string {
  if (!isFields(candidate)) return 'is not a rule: it has no fields';
  const format = formatOf(candidate);
  if (format === undefined)
    return 'is no rule of Sigma, Elastic, Splunk or Sentinel: their names of fields are missing';
  const rule = FORMATS[format].read(candidate);
  return rule.name === '' ? `is a rule of ${format} without a name` : { ...rule, format };
}

const formatOf = (fields: Fields): keyof typeof FORMATS | undefined => {
  for (const name of Object.keys(FORMATS) as (keyof typeof FORMATS)[]) {
    if (FORMATS[name].fits(fields)) return name;
  }
  return undefined;
};
