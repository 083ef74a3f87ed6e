import { type Route } from '@calseta/platform';
import { type Operations } from '../operations/create-operations.js';
import { agentReplayRoutes } from './agent-replay.js';
import { agentScorecardRoutes } from './agent-scorecard.js';
import { agentRoutes } from './agents.js';
import { alertRoutes } from './alerts.js';
import { approverRoutes } from './approvers.js';
import { apiKeyRoutes } from './api-keys.js';
import { catalogueRoutes } from './catalogue.js';
import { deliveryRoutes } from './deliveries.js';
import { enrichmentProviderRoutes } from './enrichment-providers.js';
import { enrichmentRoutes } from './enrichments.js';
import { findingRoutes } from './findings.js';
import { indicatorMappingRoutes } from './indicator-mappings.js';
import { indicatorRoutes } from './indicators.js';
import { leaseRoutes } from './lease.js';
import { explainAgentRoute } from './explain-agent.js';
import { ruleRoutes } from './rules.js';
import { muteRoutes } from './mutes.js';
import { secretRoutes } from './secrets.js';
import { sourceAccessRoutes } from './source-access.js';
import { sourceRoutes } from './sources.js';
import { threatListRoutes } from './threat-lists.js';
import { workflowRunRoutes } from './workflow-runs.js';
import { workflowRoutes } from './workflows.js';

/** Every route under `/v1`: each reads a request, runs an operation and answers. */
export const createRoutes = (operations: Operations): Route[] => [
  ...alertRoutes(operations.alerts),
  ...findingRoutes(operations.findings),
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
  ...muteRoutes(operations.mutes),
  ...ruleRoutes(operations.rules),
  explainAgentRoute(operations.explainAgent),
  ...sourceRoutes(operations.sources),
  ...sourceAccessRoutes(operations.sourceAccess),
  ...approverRoutes(operations.approvers),
  ...apiKeyRoutes(operations.apiKeys),
];
