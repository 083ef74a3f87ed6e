import { type Route } from '@calseta/platform';
import { type Operations } from '../operations/create-operations.js';
import { agentReplayRoutes } from './agents/agent-replay.js';
import { agentScorecardRoutes } from './agents/agent-scorecard.js';
import { agentRoutes } from './agents/agents.js';
import { alertRoutes } from './alerts/alerts.js';
import { approvalRoutes } from './workflows/approvals.js';
import { approverRoutes } from './workflows/approvers.js';
import { apiKeyRoutes } from './access/api-keys.js';
import { auditRoutes } from './access/audit.js';
import { bulkUpdateRoute } from './alerts/bulk-update.js';
import { catalogueRoutes } from './catalogue.js';
import { commentRoutes } from './alerts/comments.js';
import { deliveryRoutes } from './agents/deliveries.js';
import { enrichmentProviderRoutes } from './enrichment/enrichment-providers.js';
import { enrichmentRoutes } from './enrichment/enrichments.js';
import { findingRoutes } from './alerts/findings.js';
import { indicatorMappingRoutes } from './sources/indicator-mappings.js';
import { indicatorRoutes } from './alerts/indicators.js';
import { leaseRoutes } from './agents/lease.js';
import { explainAgentRoute } from './agents/explain-agent.js';
import { ruleRoutes } from './knowledge/rules.js';
import { meRoute } from './access/me.js';
import { metricsBreakdownRoutes, metricsRoutes } from './alerts/metrics.js';
import { muteRoutes } from './agents/mutes.js';
import { secretRoutes } from './access/secrets.js';
import { sourceAccessRoutes } from './sources/source-access.js';
import { sourceRoutes } from './sources/sources.js';
import { threatListRoutes } from './enrichment/threat-lists.js';
import { workflowRunRoutes } from './workflows/workflow-runs.js';
import { workflowRoutes } from './workflows/workflows.js';

/** Every route under `/v1`: each reads a request, runs an operation and answers. */
export const createRoutes = (operations: Operations): Route[] => [
  ...alertRoutes(operations.alerts),
  bulkUpdateRoute(operations.alerts),
  ...findingRoutes(operations.findings),
  ...commentRoutes(operations.comments),
  meRoute(),
  ...deliveryRoutes(operations.deliveries),
  ...agentRoutes(operations.agents),
  ...agentReplayRoutes(operations.agentReplays),
  ...agentScorecardRoutes(operations.agentScorecards),
  ...leaseRoutes(operations.leases),
  ...enrichmentRoutes(operations.enrichments),
  ...enrichmentProviderRoutes(operations.enrichmentProviders),
  ...indicatorRoutes(operations.indicators),
  ...indicatorMappingRoutes(operations.indicatorMappings),
  ...threatListRoutes(operations.threatLists),
  ...catalogueRoutes(operations),
  ...workflowRoutes(operations.workflows),
  ...workflowRunRoutes(operations.workflowRuns),
  ...secretRoutes(operations.secrets),
  ...metricsRoutes(operations.metrics),
  ...metricsBreakdownRoutes(operations.metricsBreakdowns),
  ...muteRoutes(operations.mutes),
  ...ruleRoutes(operations.rules),
  explainAgentRoute(operations.explainAgent),
  ...sourceRoutes(operations.sources),
  ...sourceAccessRoutes(operations.sourceAccess),
  ...approverRoutes(operations.approvers),
  ...approvalRoutes(operations.approvals),
  ...apiKeyRoutes(operations.apiKeys),
  ...auditRoutes(operations.audit),
];
