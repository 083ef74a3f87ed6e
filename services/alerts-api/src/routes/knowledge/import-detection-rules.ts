import {
  dataEnvelope,
  detectionRuleImportSchema,
  type ImportDetectionRules,
  importDetectionRulesQuerySchema,
  type ImportDetectionRulesQuery,
  importDetectionRulesSchema,
  type Principal,
  RULE_FILE_TYPES,
  RULE_IMPORT,
  uploadDetectionRulesSchema,
} from '@calseta/common';
import { defineRoute, type RequestContext, type Route } from '@calseta/platform';
import { type RuleImportOperation } from '../../operations/knowledge/import-detection-rules.js';
import { callerOf } from '../caller.js';
import { replyData } from '../replies.js';

const { maxRules, maxFiles, maxBytes } = RULE_IMPORT;

export function importDetectionRulesRoute(operation: RuleImportOperation): Route {
  const handler = async ({ body, query, ...input }: Input) =>
    replyData(await operation.run({ ...body, ...query }, callerOf(input)));
  return defineRoute({
    ...operation.access,
    method: 'POST',
    path: '/v1/detection-rules/import',
    operationId: 'importDetectionRules',
    summary: 'Import detection rules from files',
    description:
      'Reads rules of Sigma (YAML), Elastic (TOML, or the NDJSON that Kibana exports), Splunk (YAML) and Microsoft ' +
      'Sentinel (YAML, or the JSON that the portal exports). Names, severity, ATT&CK, description, false positives, ' +
      'triage notes and references become the rule and its documentation; what a person edited stays. A second import ' +
      `of the same files changes nothing. At most ${maxRules} rules in ${maxBytes} bytes. What cannot be read is listed ` +
      'and stops nothing, unless nothing can be read. Imports are read one after another; where several wait already, ' +
      'the answer is 503 with `Retry-After`.',
    tags: ['Detection rules'],
    query: importDetectionRulesQuerySchema,
    body: importDetectionRulesSchema,
    maxBodyBytes: maxBytes,
    responses: { 200: dataEnvelope(detectionRuleImportSchema) },
    handler,
    upload: {
      limits: { maxBytes, maxFiles, maxFileBytes: maxBytes, maxFields: 0, maxFieldBytes: 0 },
      fileTypes: RULE_FILE_TYPES,
      fields: {},
      schema: uploadDetectionRulesSchema,
      handler,
    },
  });
}

type Input = {
  body: ImportDetectionRules;
  query: ImportDetectionRulesQuery;
  principal: Principal;
  request: RequestContext;
};
