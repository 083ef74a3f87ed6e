import { createVersioned } from '@calseta/async';
import { REQUESTS } from '@calseta/common';
import {
  createAddedIndicatorStore,
  createAgentScorecardStore,
  createAgentStore,
  createAlertFactsStore,
  createAlertIndicatorStore,
  createAlertStore,
  createApiKeyStore,
  createApprovalStore,
  createApproverStore,
  createAuditStore,
  createCommentStore,
  createChangeStore,
  createContextDocumentStore,
  createAgentHealthStore,
  createDeliveryStore,
  createDetectionRuleStore,
  createDispatchStore,
  createExtractionStore,
  createIdempotencyStore,
  createIndicatorMappingStore,
  createIndicatorStore,
  createMuteStore,
  createOccurrenceStore,
  createProviderStateStore,
  createProviderVersionStore,
  createRawAnswerStore,
  createProviderStore,
  createPullStore,
  createReopenStore,
  createRelationshipStore,
  createReplayStore,
  createRuleImportStore,
  createRunStore,
  createSecretStore,
  createSourceSettingsStore,
  createSubscriptionStore,
  createThreatListStore,
  createTriageStore,
  createWorkflowStore,
  type ApiKeyStore,
  type Database,
  type DispatchStore,
} from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import {
  cipherOf,
  createApp,
  createAuthenticator,
  createEgress,
  createMemoryBudget,
  createTokenCounter,
  decodeSigningSecret,
  type Egress,
  generateSigningSecret,
  logFailures,
  type Route,
  type ServiceInstance,
  type Telemetry,
} from '@calseta/platform';
import { type AlertsApiConfig } from './config.js';
import { API_INFO } from './docs/describe-api.js';
import { documentationRoutes } from './docs/documentation-routes.js';
import { startJobs } from './jobs/start-jobs.js';
import { allowedHosts } from './mcp/allowed-hosts.js';
import { createMcpEndpoint } from './mcp/create-mcp-endpoint.js';
import { metricStores } from './operations/alerts/metric-stores.js';
import { type DecisionOperations } from './operations/workflows/approvals.js';
import { createOperations, type OperationDeps } from './operations/create-operations.js';
import { createTryPayload } from './operations/sources/try-payload.js';
import { createDueWatcher, type DueWatcher } from './pull/due-watcher.js';
import { createWaiting, type Waiting } from './pull/wait-for.js';
import { envelopeWriter } from './pull/write-envelope.js';
import { streamRoute } from './routes/alerts/stream.js';
import { createRoutes } from './routes/create-routes.js';
import { createAlertStreams } from './stream/alert-streams.js';
import { decisionLinkRoutes } from './routes/workflows/decision-links.js';
import { slackCallbackRoute } from './routes/workflows/slack-callback.js';

export { alertsApiConfig, alertsApiProcessConfig } from './config.js';

export type AlertsApiDeps = {
  config: AlertsApiConfig & { HTTP_TRUSTED_PROXY_HOPS: number };
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
  /** Shows the operator the admin key of the first start, which is readable only there. */
  announceAdminKey: (key: string) => void;
};

/** The REST API: reads everything, writes findings, triage and configuration. */
export async function createAlertsApi(deps: AlertsApiDeps): Promise<ServiceInstance> {
  const { config, database, telemetry } = deps;
  const apiKeys = createApiKeyStore(database);
  const cipher = cipherOf(config);
  await announceFirstKey(deps);

  const authenticator = createAuthenticator({
    readLiveKeys: apiKeys.readLive,
    touch: apiKeys.touch,
    onTouchError: logFailures(telemetry.log, 'api_keys.touch_failed'),
  });
  const egress = createEgress(config, telemetry.metrics);
  const watcher = createDueWatcher(createPullStore(database));
  const waiting = createWaiting();
  const operations = createOperations(collaborators(deps, { apiKeys, egress, watcher, waiting }));
  const streams = createAlertStreams({
    store: createChangeStore(database),
    authenticator,
    metrics: telemetry.metrics,
    onError: logFailures(telemetry.log, 'stream.poll_failed'),
    limits: config,
  });
  const routes = [...createRoutes(operations), streamRoute(streams)];
  const mcp = createMcpEndpoint({
    operations,
    authenticator,
    telemetry,
    loadTokenCounter: createTokenCounter(),
    allowedHosts: allowedHosts(config),
    version: API_INFO.version,
  });
  const jobs = startJobs(deps);

  return {
    name: 'alerts-api',
    handleRequest: createApp({
      routes: [
        ...routes,
        mcp.route,
        ...documentationRoutes(routes),
        ...decisionRoutes(operations.decisions, config),
      ],
      authenticator,
      telemetry,
      service: 'alerts-api',
      limits: {
        trustedProxyHops: config.HTTP_TRUSTED_PROXY_HOPS,
        bodies: createMemoryBudget(config.API_MAX_BODY_MEMORY_BYTES),
      },
      idempotency: { store: createIdempotencyStore(database), cipher },
    }),
    // Without a broker everything but test pushes and lookups still works.
    schema: database.schema,
    readiness: { database: async () => await database.ping() },
    endStreams() {
      streams.endStreams();
      watcher.stop();
      waiting.stop();
      mcp.endStreams();
    },
    async drain() {
      streams.endStreams();
      watcher.stop();
      waiting.stop();
      egress.close();
      await Promise.all(jobs.map(async (job) => await job.stop()));
      await authenticator[Symbol.asyncDispose]();
    },
  };
}

/** For those who send no key: people with a link, and Slack. */
const decisionRoutes = (
  decisions: DecisionOperations,
  { CALSETA_SLACK_SIGNING_SECRET: secret }: AlertsApiConfig,
): Route[] => [
  ...decisionLinkRoutes(decisions),
  ...(secret === undefined ? [] : [slackCallbackRoute(decisions, secret)]),
];

function collaborators(
  { config, database, transport, telemetry }: AlertsApiDeps,
  {
    apiKeys,
    egress,
    watcher,
    waiting,
  }: { apiKeys: ApiKeyStore; egress: Egress; watcher: DueWatcher; waiting: Waiting },
): OperationDeps {
  const cipher = cipherOf(config);
  const encrypt = (plaintext: string): string => cipher.encrypt(plaintext);
  const dispatch = createDispatchStore(database);
  return {
    ...renderingOf(dispatch, config),
    alerts: createAlertStore(database),
    alertIndicators: createAlertIndicatorStore(database),
    addedIndicators: createAddedIndicatorStore(database),
    occurrences: createOccurrenceStore(database),
    comments: createCommentStore(database),
    relationships: createRelationshipStore(database),
    triage: createTriageStore(database),
    replays: createReplayStore(database),
    agentHealth: createAgentHealthStore(database),
    deliveries: createDeliveryStore(database),
    agents: createAgentStore(database, encrypt),
    scorecards: createAgentScorecardStore(database),
    indicators: createIndicatorStore(database),
    indicatorMappings: createIndicatorMappingStore(database),
    threatLists: createThreatListStore(database),
    extraction: createExtractionStore(database),
    detectionRules: createDetectionRuleStore(database),
    ruleImports: createRuleImportStore(database),
    contextDocuments: createContextDocumentStore(database),
    workflows: createWorkflowStore(database),
    secrets: createSecretStore(database, encrypt),
    runs: createRunStore(database),
    approvalTtlMs: config.WORKFLOW_APPROVAL_TTL_MS,
    waitFor: waiting.waitFor,
    wakeDispatcher(traceparent) {
      transport
        .request(REQUESTS.workflowRequested, {}, { traceparent })
        // It looks for runs by itself.
        .catch(() => undefined);
    },
    ...metricStores(database),
    mutes: createMuteStore(database),
    alertFacts: createAlertFactsStore(database),
    providers: createProviderStore(database, encrypt),
    providerStates: createProviderStateStore(database),
    providerVersions: createProviderVersionStore(database),
    rawAnswers: createRawAnswerStore(database),
    sources: createSourceSettingsStore(database),
    ...{ apiKeys, audit: createAuditStore(database) },
    approvers: createApproverStore(database, encrypt),
    approvals: createApprovalStore(database),
    dispatch,
    reopening: createReopenStore(database),
    pull: createPullStore(database),
    watcher,
    giveUpAfterMs: config.DELIVERY_GIVE_UP_MS,
    transport,
    tryPayload: createTryPayload(transport),
    subscriptions: createSubscriptionStore(database),
    notify(message, traceparent) {
      const fields = { alert_id: message.alert_id };
      transport
        .publish(message, { traceparent })
        .catch(logFailures(telemetry.log, 'message.publish_failed', fields));
    },
    checkUrl: (url) => egress.guard.checkUrl(url),
    encrypt,
    generateSigningSecret,
    ownDomains: config.CALSETA_OWN_DOMAINS,
  };
}

function signingKeyOf(secret: string): Buffer {
  const key = decodeSigningSecret(secret);
  if (!key) throw new Error('The signing secret is not a whsec_… secret.');
  return key;
}

/** What answers and leased deliveries are rendered with; documents and workflows are in memory once. */
function renderingOf(store: DispatchStore, config: AlertsApiConfig) {
  const cipher = cipherOf(config);
  const shared = {
    publicUrl: config.CALSETA_PUBLIC_URL,
    knowledge: createVersioned({
      readVersion: store.readConfigVersion,
      load: async () => ({
        documents: await store.loadDocuments(),
        workflows: await store.loadWorkflows(),
      }),
    }),
    loadTokenCounter: createTokenCounter(),
  };
  const decryptSigningKey = (encrypted: string) => signingKeyOf(cipher.decrypt(encrypted));
  return { ...shared, writeEnvelope: envelopeWriter({ ...shared, store, decryptSigningKey }) };
}

async function announceFirstKey({ config, database, announceAdminKey }: AlertsApiDeps) {
  const bootstrapKey = config.CALSETA_BOOTSTRAP_API_KEY?.reveal();
  const { createdKey } = await createApiKeyStore(database).ensureAdminKey({ bootstrapKey });
  if (createdKey !== undefined && bootstrapKey === undefined) announceAdminKey(createdKey);
}
