import {
  contextDocumentSchema,
  createContextDocumentSchema,
  createDetectionRuleSchema,
  createWorkflowSchema,
  detectionRuleSchema,
  updateContextDocumentSchema,
  updateDetectionRuleSchema,
  updateWorkflowSchema,
  workflowSchema,
} from '@calseta/common';
import {
  type ContextDocumentStore,
  type DetectionRuleStore,
  type WorkflowStore,
} from '@calseta/database';
import { type Route } from '@calseta/platform';
import { resourceRoutes } from './resource-routes.js';

export type CatalogueStores = {
  detectionRules: DetectionRuleStore;
  contextDocuments: ContextDocumentStore;
  workflows: WorkflowStore;
};

/** What the organisation knows: detection rules, context documents and workflows. */
export const catalogueRoutes = (stores: CatalogueStores): Route[] => [
  ...resourceRoutes({
    path: '/v1/detection-rules',
    noun: 'detection rule',
    tag: 'Detection rules',
    scopes: { read: 'alerts:read', write: 'config:write' },
    schemas: {
      create: createDetectionRuleSchema,
      update: updateDetectionRuleSchema,
      resource: detectionRuleSchema,
    },
    store: stores.detectionRules,
  }),
  ...resourceRoutes({
    path: '/v1/context-documents',
    noun: 'context document',
    tag: 'Context documents',
    scopes: { read: 'alerts:read', write: 'config:write' },
    schemas: {
      create: createContextDocumentSchema,
      update: updateContextDocumentSchema,
      resource: contextDocumentSchema,
    },
    store: stores.contextDocuments,
  }),
  ...resourceRoutes({
    path: '/v1/workflows',
    noun: 'workflow',
    tag: 'Workflows',
    scopes: { read: 'workflows:read', write: 'workflows:write' },
    schemas: {
      create: createWorkflowSchema,
      update: updateWorkflowSchema,
      resource: workflowSchema,
    },
    store: stores.workflows,
  }),
];
