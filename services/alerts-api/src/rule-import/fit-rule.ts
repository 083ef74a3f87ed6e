import {
  IMPORTED_FIELDS,
  type ImportedField,
  MAX_DOCUMENT_CHARACTERS,
  MAX_MITRE_TACTICS,
  MAX_MITRE_TECHNIQUES,
  MAX_NAME_CHARACTERS,
  MAX_SOURCE_RULE_ID_CHARACTERS,
} from '@calseta/common';
import { type RuleToImport } from '@calseta/database';
import { type ReadRule } from './rule-format.js';

/** A rule within the limits of detection rules, and the fields that were shortened for it. */
export type FittedRule = { rule: RuleToImport; shortened: ImportedField[] };

/** Cuts what exceeds a limit. An id that does is left out, since a part of an id is another id. */
export function fitRule(read: ReadRule): FittedRule {
  const cut = {
    name: read.name.slice(0, MAX_NAME_CHARACTERS).trim(),
    mitre_tactics: read.mitreTactics.slice(0, MAX_MITRE_TACTICS),
    mitre_techniques: read.mitreTechniques.slice(0, MAX_MITRE_TECHNIQUES),
    documentation: read.documentation.slice(0, MAX_DOCUMENT_CHARACTERS),
  };
  const full = {
    name: read.name,
    mitre_tactics: read.mitreTactics,
    mitre_techniques: read.mitreTechniques,
    documentation: read.documentation,
  };
  const hasUsableId =
    read.sourceRuleId !== '' && read.sourceRuleId.length <= MAX_SOURCE_RULE_ID_CHARACTERS;
  return {
    rule: {
      name: cut.name,
      severity: read.severity,
      mitreTactics: cut.mitre_tactics,
      mitreTechniques: cut.mitre_techniques,
      documentation: cut.documentation,
      ...(hasUsableId && { sourceRuleId: read.sourceRuleId }),
    },
    shortened: IMPORTED_FIELDS.filter(
      (field) => field !== 'severity' && cut[field].length < full[field].length,
    ),
  };
}
