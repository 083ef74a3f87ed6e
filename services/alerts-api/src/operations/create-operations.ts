import { type ContextDocumentStore, type DetectionRuleStore } from '@calseta/database';
import { agentReplayOperations, type AgentReplayDeps } from './agent-replay.js';
import { agentScorecardOperations, type AgentScorecardDeps } from './agent-scorecard.js';
import { agentOperations, type AgentDeps } from './agents.js';
import { alertOperations, type AlertDeps } from './alerts.js';
import { approverOperations, type ApproverDeps } from './approvers.js';
import { apiKeyOperations, type ApiKeyDeps } from './api-keys.js';
import { contextDocumentOperations } from './context-documents.js';
import { deliveryOperations, type DeliveryDeps } from './deliveries.js';
import {
  enrichmentProviderOperations,
  type EnrichmentProviderDeps,
} from './enrichment-providers.js';
import { enrichmentOperations, type EnrichmentDeps } from './enrichments.js';
import { findingOperations, type FindingDeps } from './findings.js';
import { importDetectionRulesOperation, type RuleImportDeps } from './import-detection-rules.js';
import { indicatorMappingOperations, type IndicatorMappingDeps } from './indicator-mappings.js';
import { indicatorOperations, type IndicatorDeps } from './indicators.js';
import { leaseOperations, type LeaseDeps } from './lease.js';
import { explainAgentOperation, type ExplainAgentDeps } from './explain-agent.js';
import { ruleOperations, type RuleDeps } from './rules.js';
import { muteOperations, type MuteDeps } from './mutes.js';
import { resourceOperations } from './resources.js';
import { secretOperations, type SecretDeps } from './secrets.js';
import { sourceAccessOperations, type SourceAccessDeps } from './source-access.js';
import { sourceOperations, type SourceDeps } from './sources.js';
import { threatListOperations, type ThreatListDeps } from './threat-lists.js';
import { workflowRunOperations, type WorkflowRunDeps } from './workflow-runs.js';
import { workflowOperations, type WorkflowDeps } from './workflows.js';

type CatalogueStores = {
  detectionRules: DetectionRuleStore;
  contextDocuments: ContextDocumentStore;
};

export type OperationDeps = AlertDeps &
  FindingDeps &
  DeliveryDeps &
  AgentDeps &
  AgentScorecardDeps &
  AgentReplayDeps &
  LeaseDeps &
  EnrichmentDeps &
  EnrichmentProviderDeps &
  IndicatorDeps &
  IndicatorMappingDeps &
  ThreatListDeps &
  CatalogueStores &
  RuleImportDeps &
  WorkflowDeps &
  WorkflowRunDeps &
  SecretDeps &
  MuteDeps &
  RuleDeps &
  ExplainAgentDeps &
  SourceDeps &
  SourceAccessDeps &
  ApproverDeps &
  ApiKeyDeps;

export type Operations = ReturnType<typeof createOperations>;

/** All operations of the API, by resource. */
export const createOperations = (deps: OperationDeps) => ({
  alerts: alertOperations(deps),
  findings: findingOperations(deps),
  deliveries: deliveryOperations(deps),
  agents: agentOperations(deps),
  agentReplays: agentReplayOperations(deps),
  agentScorecards: agentScorecardOperations(deps),
  leases: leaseOperations(deps),
  enrichments: enrichmentOperations(deps),
  enrichmentProviders: enrichmentProviderOperations(deps),
  indicators: indicatorOperations(deps),
  indicatorMappings: indicatorMappingOperations(deps),
  threatLists: threatListOperations(deps),
  ...catalogueOf(deps),
  importDetectionRules: importDetectionRulesOperation(deps),
  workflows: workflowOperations(deps),
  workflowRuns: workflowRunOperations(deps),
  secrets: secretOperations(deps),
  mutes: muteOperations(deps),
  rules: ruleOperations(deps),
  explainAgent: explainAgentOperation(deps),
  sources: sourceOperations(deps),
  sourceAccess: sourceAccessOperations(deps),
  approvers: approverOperations(deps),
  apiKeys: apiKeyOperations(deps),
});

/** What the organisation knows: detection rules and context documents. */
const catalogueOf = ({ detectionRules, contextDocuments }: CatalogueStores) => ({
  detectionRules: resourceOperations({
    noun: 'detection rule',
    scopes: { read: 'alerts:read', write: 'config:write' },
    store: detectionRules,
  }),
  contextDocuments: contextDocumentOperations(contextDocuments),
});
