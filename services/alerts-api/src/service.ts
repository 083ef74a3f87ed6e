import { type AlertMessage } from '@calseta/common';
import {
  createAgentStore,
  createAlertIndicatorStore,
  createAlertStore,
  createApiKeyStore,
  createContextDocumentStore,
  createDeliveryStore,
  createDetectionRuleStore,
  createExtractionStore,
  createHousekeepingStore,
  createIdempotencyStore,
  createIndicatorMappingStore,
  createIndicatorStore,
  createReplayStore,
  createSourceSettingsStore,
  createTriageStore,
  createWorkflowStore,
  type Database,
} from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import {
  cipherOf,
  createApp,
  createAuthenticator,
  createEgress,
  logFailures,
  type ServiceInstance,
  type Telemetry,
} from '@calseta/platform';
import { type AlertsApiConfig } from './config.js';
import { agentRoutes } from './routes/agent-routes.js';
import { alertRoutes } from './routes/alert-routes.js';
import { apiKeyRoutes } from './routes/api-key-routes.js';
import { catalogueRoutes } from './routes/catalogue-routes.js';
import { deliveryRoutes } from './routes/delivery-routes.js';
import { documentationRoutes } from './routes/documentation-routes.js';
import { enrichmentRoutes } from './routes/enrichment-routes.js';
import { findingRoutes } from './routes/finding-routes.js';
import { indicatorRoutes } from './routes/indicator-routes.js';
import { reparseAlertRoute } from './routes/reparse-alert.js';
import { sourceAccessRoutes } from './routes/source-access-routes.js';
import { sourceRoutes } from './routes/source-routes.js';
import { testIndicatorMappingsRoute } from './routes/test-indicator-mappings.js';
import { createTryPayload } from './try-payload.js';
import { startHousekeeping } from './start-housekeeping.js';

export { alertsApiConfig, alertsApiProcessConfig } from './config.js';

export type AlertsApiDeps = {
  config: AlertsApiConfig & { HTTP_TRUSTED_PROXY_HOPS: number };
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
  /** Tells the operator the admin key of the first start; the only place where it can be read. */
  announceAdminKey: (key: string) => void;
};

/** The REST API: reads everything, writes findings, triage and configuration. */
export async function createAlertsApi(deps: AlertsApiDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const apiKeys = createApiKeyStore(database);
  const cipher = cipherOf(config);
  await announceFirstKey(deps);

  const authenticator = createAuthenticator({
    readLiveKeys: apiKeys.readLive,
    touch: apiKeys.touch,
    onTouchError: logFailures(telemetry.log, 'api_keys.touch_failed'),
  });
  const alerts = createAlertStore(database);
  const triage = createTriageStore(database);
  const sources = createSourceSettingsStore(database);
  const tryPayload = createTryPayload(transport);
  const egress = createEgress(config, telemetry.metrics);
  const notify = (message: AlertMessage, traceparent: string) => {
    const fields = { alert_id: message.alert_id };
    transport
      .publish(message, { traceparent })
      .catch(logFailures(telemetry.log, 'message.publish_failed', fields));
  };

  const routes = [
    ...alertRoutes({
      alerts,
      alertIndicators: createAlertIndicatorStore(database),
      triage,
      replays: createReplayStore(database),
      notify,
    }),
    ...findingRoutes({ alerts, triage }),
    ...deliveryRoutes({ alerts, deliveries: createDeliveryStore(database) }),
    ...agentRoutes({
      agents: createAgentStore(database, (plaintext) => cipher.encrypt(plaintext)),
      transport,
      guard: egress.guard,
    }),
    ...enrichmentRoutes(transport),
    ...indicatorRoutes({
      indicators: createIndicatorStore(database),
      indicatorMappings: createIndicatorMappingStore(database),
    }),
    ...catalogueRoutes({
      detectionRules: createDetectionRuleStore(database),
      contextDocuments: createContextDocumentStore(database),
      workflows: createWorkflowStore(database),
    }),
    testIndicatorMappingsRoute({
      tryPayload,
      loadMappings: createExtractionStore(database).loadMappings,
      ownDomains: config.CALSETA_OWN_DOMAINS,
    }),
    ...sourceRoutes(sources, tryPayload),
    ...sourceAccessRoutes({ sources, apiKeys, cipher }),
    reparseAlertRoute({ alerts, transport }),
    ...apiKeyRoutes(apiKeys),
  ];

  const housekeeping = startHousekeeping({
    store: createHousekeepingStore(database),
    onError: logFailures(telemetry.log, 'housekeeping.failed'),
  });

  return {
    name: 'alerts-api',
    handleRequest: createApp({
      routes: [...routes, ...documentationRoutes(routes)],
      authenticator,
      telemetry,
      service: 'alerts-api',
      limits: { trustedProxyHops: config.HTTP_TRUSTED_PROXY_HOPS },
      idempotency: { store: createIdempotencyStore(database), cipher },
    }),
    // Without a broker everything but test pushes and lookups still works.
    readiness: { database: async () => await database.ping() },
    async drain() {
      egress.close();
      await housekeeping[Symbol.asyncDispose]();
      await authenticator[Symbol.asyncDispose]();
    },
  };
}

async function announceFirstKey({ config, database, announceAdminKey }: AlertsApiDeps) {
  const bootstrapKey = config.CALSETA_BOOTSTRAP_API_KEY?.reveal();
  const { createdKey } = await createApiKeyStore(database).ensureAdminKey({ bootstrapKey });
  if (createdKey !== undefined && bootstrapKey === undefined) announceAdminKey(createdKey);
}
