import { type ContextDocumentStore, type DetectionRuleStore } from '@calseta/database';
import { agentReplayOperations, type AgentReplayDeps } from './agents/agent-replay.js';
import { agentScorecardOperations, type AgentScorecardDeps } from './agents/agent-scorecard.js';
import { agentOperations, type AgentDeps } from './agents/agents.js';
import { alertOperations, type AlertDeps } from './alerts/alerts.js';
import {
  approvalOperations,
  type ApprovalDeps,
  decisionOperations,
} from './workflows/approvals.js';
import { approverOperations, type ApproverDeps } from './workflows/approvers.js';
import { apiKeyOperations, type ApiKeyDeps } from './access/api-keys.js';
import { auditOperations, type AuditDeps } from './access/audit.js';
import { commentOperations, type CommentDeps } from './alerts/comments.js';
import { contextDocumentOperations } from './knowledge/context-documents.js';
import { deliveryOperations, type DeliveryDeps } from './agents/deliveries.js';
import {
  enrichmentProviderOperations,
  type EnrichmentProviderDeps,
} from './enrichment/enrichment-providers.js';
import { enrichmentOperations, type EnrichmentDeps } from './enrichment/enrichments.js';
import { findingOperations, type FindingDeps } from './alerts/findings.js';
import {
  importDetectionRulesOperation,
  type RuleImportDeps,
} from './knowledge/import-detection-rules.js';
import {
  indicatorMappingOperations,
  type IndicatorMappingDeps,
} from './sources/indicator-mappings.js';
import { indicatorOperations, type IndicatorDeps } from './alerts/indicators.js';
import { leaseOperations, type LeaseDeps } from './agents/lease.js';
import { explainAgentOperation, type ExplainAgentDeps } from './agents/explain-agent.js';
import { ruleOperations, type RuleDeps } from './knowledge/rules.js';
import { metricsOperations, type MetricsDeps } from './alerts/metrics.js';
import {
  metricsBreakdownOperations,
  type MetricsBreakdownDeps,
} from './alerts/metrics-breakdown.js';
import { muteOperations, type MuteDeps } from './agents/mutes.js';
import { resourceOperations } from './resources.js';
import { secretOperations, type SecretDeps } from './access/secrets.js';
import { sourceAccessOperations, type SourceAccessDeps } from './sources/source-access.js';
import { sourceOperations, type SourceDeps } from './sources/sources.js';
import { threatListOperations, type ThreatListDeps } from './enrichment/threat-lists.js';
import { workflowRunOperations, type WorkflowRunDeps } from './workflows/workflow-runs.js';
import { workflowOperations, type WorkflowDeps } from './workflows/workflows.js';

type CatalogueStores = {
  detectionRules: DetectionRuleStore;
  contextDocuments: ContextDocumentStore;
};

export type OperationDeps = AlertDeps &
  FindingDeps &
  CommentDeps &
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
  MetricsDeps &
  MetricsBreakdownDeps &
  MuteDeps &
  RuleDeps &
  ExplainAgentDeps &
  SourceDeps &
  SourceAccessDeps &
  ApproverDeps &
  ApprovalDeps &
  ApiKeyDeps &
  AuditDeps;

export type Operations = ReturnType<typeof createOperations>;

/** All operations of the API, by resource. */
export const createOperations = (deps: OperationDeps) => ({
  alerts: alertOperations(deps),
  findings: findingOperations(deps),
  comments: commentOperations(deps),
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
  metrics: metricsOperations(deps),
  metricsBreakdowns: metricsBreakdownOperations(deps),
  mutes: muteOperations(deps),
  rules: ruleOperations(deps),
  explainAgent: explainAgentOperation(deps),
  sources: sourceOperations(deps),
  sourceAccess: sourceAccessOperations(deps),
  approvers: approverOperations(deps),
  approvals: approvalOperations(deps),
  decisions: decisionOperations(deps),
  apiKeys: apiKeyOperations(deps),
  audit: auditOperations(deps),
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
