import { integerParameter, textSearchSchema, uuidSchema } from '@calseta/common';
import { z } from 'zod';
import { type Operations } from '../../operations/create-operations.js';
import { defineTool, type Tool } from './define-tool.js';
import { describePage, listAnswer, listArguments } from './list-arguments.js';
import { readCatalogue } from './read-catalogue.js';

const catalogueArguments = {
  uuid: uuidSchema.optional().describe('One alone, with its whole text; instead of the others'),
  offset: integerParameter(0)
    .default(0)
    .describe('With uuid: the character at which the text goes on (next_offset)'),
  ...listArguments,
};

const entrySchema = z.looseObject({ uuid: z.string() });
const catalogueAnswer = {
  ...listAnswer,
  next_offset: z.int().optional().describe('With uuid: where the text goes on; absent: its end'),
};

const MORE_TEXT = 'Give the uuid of one to read its text from offset on.';

/** What the organisation knows: detection rules, documents and workflows. */
export const catalogueTools = ({
  detectionRules,
  contextDocuments,
  workflows,
}: Operations): Tool[] => [
  searchDetectionRules(detectionRules),
  searchContextDocuments(contextDocuments),
  searchWorkflows(workflows),
];

const searchDetectionRules = (operations: Operations['detectionRules']): Tool =>
  defineTool({
    name: 'search_detection_rules',
    title: 'Search detection rules',
    description:
      'Lists the rules that made the alerts, newest first: what they detect, false positives, how to triage. q looks in ' +
      'name, source_rule_id and documentation.',
    access: operations.list.access,
    isReadOnly: true,
    input: z.object({ ...textSearchSchema.shape, ...catalogueArguments }),
    output: z.object({ detection_rules: z.array(entrySchema), ...catalogueAnswer }),
    async run(args, context) {
      const { page, ...more } = await readCatalogue(args, context, {
        ...operations,
        textField: 'documentation',
        brief: ({ uuid, name, severity, source_name, source_rule_id, mitre_techniques }) => ({
          ...{ uuid, name, severity, mitre_techniques },
          ...(source_name !== undefined && { source_name }),
          ...(source_rule_id !== undefined && { source_rule_id }),
        }),
      });
      return {
        detection_rules: page.entries,
        ...describePage(page, ['/detection_rules'], MORE_TEXT),
        ...more,
      };
    },
  });

const searchContextDocuments = (operations: Operations['contextDocuments']): Tool =>
  defineTool({
    name: 'search_context_documents',
    title: 'Search runbooks and other documents',
    description:
      'Lists what the organisation wrote for its analysts, newest first: runbooks, plans, procedures. q looks in title, ' +
      'content and tags. get_alert_context has those that apply to an alert.',
    access: operations.list.access,
    isReadOnly: true,
    input: z.object({ ...textSearchSchema.shape, ...catalogueArguments }),
    output: z.object({ context_documents: z.array(entrySchema), ...catalogueAnswer }),
    async run(args, context) {
      const { page, ...more } = await readCatalogue(args, context, {
        ...operations,
        textField: 'content',
        brief: ({ uuid, title, doc_type, tags, is_global, version }) => ({
          ...{ uuid, title, doc_type, tags, is_global, version },
        }),
      });
      return { context_documents: page.entries, ...describePage(page, [], MORE_TEXT), ...more };
    },
  });

const searchWorkflows = (operations: Operations['workflows']): Tool =>
  defineTool({
    name: 'search_workflows',
    title: 'List workflows',
    description:
      'Lists what can be done about an alert, newest first, with its risk and whether a person must approve it. ' +
      'get_alert_context has those that fit an alert.',
    access: operations.list.access,
    isReadOnly: true,
    input: z.object(catalogueArguments),
    output: z.object({ workflows: z.array(entrySchema), ...catalogueAnswer }),
    async run(args, context) {
      const { page, ...more } = await readCatalogue(args, context, {
        ...operations,
        textField: 'documentation',
        brief: ({ uuid, name, approval_mode, risk_level, indicator_types, is_active }) => ({
          ...{ uuid, name, approval_mode, risk_level, indicator_types, is_active },
        }),
      });
      return { workflows: page.entries, ...describePage(page, [], MORE_TEXT), ...more };
    },
  });
