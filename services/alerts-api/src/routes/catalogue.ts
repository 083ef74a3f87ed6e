import {
  createDetectionRuleSchema,
  detectionRuleSchema,
  updateDetectionRuleSchema,
} from '@calseta/common';
import { type Route } from '@calseta/platform';
import { type Operations } from '../operations/create-operations.js';
import { contextDocumentRoutes } from './knowledge/context-documents.js';
import { importDetectionRulesRoute } from './knowledge/import-detection-rules.js';
import { resourceRoutes } from './resources.js';

type CatalogueOperations = Pick<
  Operations,
  'detectionRules' | 'importDetectionRules' | 'contextDocuments'
>;

/** What the organisation knows: detection rules and context documents. */
export const catalogueRoutes = (operations: CatalogueOperations): Route[] => [
  ...resourceRoutes(
    {
      path: '/v1/detection-rules',
      noun: 'detection rule',
      tag: 'Detection rules',
      asWrittenFor: 'config:write',
      isSearched: true,
    },
    {
      create: createDetectionRuleSchema,
      update: updateDetectionRuleSchema,
      resource: detectionRuleSchema,
    },
    operations.detectionRules,
  ),
  importDetectionRulesRoute(operations.importDetectionRules),
  ...contextDocumentRoutes(operations.contextDocuments),
];
