import { type Severity } from '@calseta/common';
import { type Fields } from './rule-fields.js';

/** What a rule file says, before its lengths are checked. */
export type ReadRule = {
  /** Id that alerts of the rule carry; empty when the file gives none. */
  sourceRuleId: string;
  name: string;
  severity: Severity;
  mitreTactics: string[];
  mitreTechniques: string[];
  documentation: string;
};

/** One kind of rule file. */
export type RuleFormat = {
  /** True when the parsed file has the shape of this format. */
  fits(fields: Fields): boolean;
  read(fields: Fields): ReadRule;
};
