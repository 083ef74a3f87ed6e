import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { sourceNameSchema } from '../http/fields.js';

/** Limits of one import of detection rules. */
export const RULE_IMPORT = {
  maxRules: 5_000,
  maxFiles: 5_000,
  /** Of one rule, unless the file is a whole of JSON. */
  maxRuleCharacters: 262_144,
  maxBytes: 33_554_432,
  /** Entries of `rules` and of `problems` in the answer; the counts are of all. */
  maxListed: 1_000,
} as const;

export const RULE_FORMATS = ['sigma', 'elastic', 'splunk', 'sentinel'] as const;
export type RuleFormatName = (typeof RULE_FORMATS)[number];

/** Fields of a detection rule that an import fills, until a person edits them. */
export const IMPORTED_FIELDS = [
  'name',
  'severity',
  'mitre_tactics',
  'mitre_techniques',
  'documentation',
] as const;
export type ImportedField = (typeof IMPORTED_FIELDS)[number];

export const importDetectionRulesQuerySchema = z.strictObject({
  source_name: sourceNameSchema
    .optional()
    .describe(
      'Source whose alerts name the rules. Without it, rules are found by their id in any source, then by their name',
    ),
  dry_run: z
    .stringbool()
    .default(false)
    .describe('Tells what an import would do, and stores nothing'),
});
export type ImportDetectionRulesQuery = z.infer<typeof importDetectionRulesQuerySchema>;

const fileSchema = z.strictObject({
  name: z.string().min(1).max(1_000),
  text: z.string().max(RULE_IMPORT.maxBytes),
});
const FILE_NAMES = 'Their names end in .yaml, .yml, .toml, .ndjson, .jsonl or .json';

/** The rule files of an import, as names and texts. */
export const importDetectionRulesSchema = z
  .strictObject({
    files: z.array(fileSchema).min(1).max(RULE_IMPORT.maxFiles).describe(FILE_NAMES),
  })
  .meta({ id: 'ImportDetectionRules' });
export type ImportDetectionRules = z.infer<typeof importDetectionRulesSchema>;

/** The same as a form of files. */
export const uploadDetectionRulesSchema = z
  .strictObject({
    files: z
      .array(
        z.unknown().meta({ type: 'string', contentMediaType: 'application/yaml' }).pipe(fileSchema),
      )
      .min(1)
      .max(RULE_IMPORT.maxFiles)
      .describe(FILE_NAMES),
  })
  .meta({ id: 'UploadDetectionRules' });

/** Media types of which a body is one file. */
export const RULE_FILE_TYPES = {
  'application/yaml': 'body.yaml',
  'application/x-yaml': 'body.yaml',
  'text/yaml': 'body.yaml',
  'application/toml': 'body.toml',
  'application/x-ndjson': 'body.ndjson',
} as const;

const placeFields = {
  file: z.string(),
  line: z.int().min(1).describe('Where the rule begins'),
};

export const importedRuleSchema = z.object({
  ...placeFields,
  format: z.enum(RULE_FORMATS),
  name: z.string(),
  source_rule_id: z.string().optional(),
  outcome: z
    .enum(['created', 'updated', 'unchanged', 'repeated'])
    .describe('`repeated`: the same rule stands earlier in this import, and that one counts'),
  rule_uuids: z
    .array(uuidSchema)
    .describe('Rules that it was written to; empty in a dry run that would create one'),
  changed_fields: z.array(z.enum(IMPORTED_FIELDS)),
  kept_fields: z
    .array(z.enum(IMPORTED_FIELDS))
    .describe('Fields that say something else because a person edited them'),
  shortened_fields: z.array(z.enum(IMPORTED_FIELDS)).describe('Fields that exceed their limits'),
});
export type ImportedRule = z.infer<typeof importedRuleSchema>;

const countSchema = z.int().min(0);

export const detectionRuleImportSchema = z
  .object({
    dry_run: z.boolean(),
    rule_count: countSchema.describe('Rules that were read'),
    created_count: countSchema,
    updated_count: countSchema,
    unchanged_count: countSchema,
    repeated_count: countSchema,
    problem_count: countSchema.describe('Parts of files that could not be read'),
    rules: z.array(importedRuleSchema).max(RULE_IMPORT.maxListed),
    problems: z.array(z.object({ ...placeFields, message: z.string() })).max(RULE_IMPORT.maxListed),
  })
  .meta({ id: 'DetectionRuleImport' });
export type DetectionRuleImport = z.infer<typeof detectionRuleImportSchema>;
