import { setMaxListeners } from 'node:events';
import { createMicroBatcher, createVersioned } from '@calseta/async';
import { REQUESTS, SUBSCRIPTIONS } from '@calseta/common';
import { createDispatchStore, createStageStore, type Database } from '@calseta/database';
import { createStageObserver, type PipelineTransport, startStage } from '@calseta/messaging';
import {
  cipherOf,
  createEgress,
  createOutboundHttp,
  type ServiceInstance,
  type Telemetry,
} from '@calseta/platform';
import { createAgents, toAgent } from './agents.js';
import { type DispatcherConfig } from './config.js';
import { createAttemptDelivery } from './deliveries/attempt-delivery.js';
import { startDeliveryEngine } from './deliveries/delivery-engine.js';
import { createLoadBody } from './deliveries/load-body.js';
import { recordWithRetry } from './deliveries/record-with-retry.js';
import { renderPush } from './domain/render-push.js';
import { createHandleAlertEnriched } from './handle-alert-enriched.js';
import { createObserveAttempt } from './observe-attempt.js';
import { createPayloads } from './payloads.js';
import { DEFAULT_POLICY, type DispatcherPolicy } from './policy.js';
import { createRespondTestPush } from './respond-test-push.js';
import { createSendWebhook } from './webhooks/send-webhook.js';

export { dispatcherConfig, dispatcherProcessConfig } from './config.js';
export { type DispatcherPolicy } from './policy.js';

export type DispatcherDeps = {
  config: DispatcherConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
  policy?: Partial<DispatcherPolicy>;
};

/** alert.enriched → a signed push to every agent that asked for the alert. */
export async function createDispatcher(deps: DispatcherDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const { log } = telemetry;
  const policy = { ...DEFAULT_POLICY, ...deps.policy };
  const publicUrl = config.CALSETA_PUBLIC_URL;
  const leaseMs = config.DELIVERY_LEASE_MS;

  const store = createDispatchStore(database);
  const cipher = cipherOf(config);
  const onUnreadable = (agentId: string, error: unknown) =>
    log.error('agent.secrets_unreadable', { agent_id: agentId, error });
  const agents = createAgents({
    load: store.loadAgents,
    readVersion: store.readConfigVersion,
    cipher,
    onUnreadable,
  });
  const knowledge = createVersioned({
    readVersion: store.readConfigVersion,
    load: async () => ({
      documents: await store.loadDocuments(),
      workflows: await store.loadWorkflows(),
    }),
  });

  const contexts = createMicroBatcher({ ...policy.readBatches, run: store.loadContexts });
  const dispatches = createMicroBatcher({
    ...policy.writeBatches,
    run: async (batch: Parameters<typeof store.createDeliveries>[0][number][]) => {
      const created = await store.createDeliveries(batch, leaseMs);
      return batch.map(() => created);
    },
  });
  const attempts = createMicroBatcher({
    ...policy.attemptBatches,
    run: async (batch: Parameters<typeof store.recordAttempts>[0][number][]) => {
      const failures = await store.recordAttempts(batch);
      return batch.map(({ agentId }) => failures.get(agentId) ?? 0);
    },
  });

  const payloads = createPayloads({
    write: async (alertId) => {
      const context = await contexts.add(alertId);
      const options = { generatedAt: new Date(), publicUrl };
      return context && renderPush(context, await knowledge.at(context.configVersion), options);
    },
    maxBytes: policy.maxCachedPayloadBytes,
    maxAgeMs: policy.maxPayloadAgeMs,
  });
  const abort = new AbortController();
  // One listener for each attempt under way, whose number the lanes bound.
  setMaxListeners(0, abort.signal);
  const egress = createEgress(config, telemetry.metrics);
  const http = createOutboundHttp({ guard: egress.guard });
  const send = createSendWebhook(http, () => new Date());

  const engine = startDeliveryEngine({
    store,
    agents,
    attempt: createAttemptDelivery({
      agents,
      loadBody: createLoadBody({ payloads, log }),
      send,
      record: async (record) => await recordWithRetry(async () => await attempts.add(record)),
      release: async (lease) => await store.releaseLeases([lease]),
      disableAgent: async ({ id, name }, reason) => {
        await store.disableAgent(id, reason);
        log.warn('agent.disabled', { agent_id: id, agent: name, reason });
      },
      observe: createObserveAttempt(telemetry),
      policy: policy.delivery,
      signal: abort.signal,
    }),
    log,
    limits: policy.lanes,
    breakerPolicy: policy.breaker,
    pollIntervalMs: config.DELIVERY_POLL_INTERVAL_MS,
    leaseMs,
    signal: abort.signal,
  });

  const handler = createHandleAlertEnriched({
    loadContext: async (alertId) => await contexts.add(alertId),
    agents,
    knowledge,
    dispatch: async (dispatch) => await dispatches.add(dispatch),
    payloads,
    lanes: engine.lanes,
    leaseMs,
    publicUrl,
  });
  const stage = await startStage({
    subscription: SUBSCRIPTIONS.dispatcher,
    handler,
    transport,
    alerts: createStageStore(database),
    observer: createStageObserver(SUBSCRIPTIONS.dispatcher, telemetry),
    config,
  });
  const testPushes = await transport.respond(
    REQUESTS.testPush,
    createRespondTestPush({
      findAgent: async (agentId) => {
        const row = await store.findAgent(agentId);
        return row && toAgent(row, cipher, onUnreadable);
      },
      send,
      store,
      publicUrl,
      signal: abort.signal,
    }),
  );

  return {
    name: 'dispatcher',
    readiness: {
      database: async () => await database.ping(),
      broker: () => transport.isReady(),
    },
    async drain() {
      const overdue = setTimeout(
        () => abort.abort(new Error('draining')),
        config.DELIVERY_DRAIN_MS,
      );
      await stage.drain();
      await Promise.all([testPushes.drain(), engine.drain()]);
      clearTimeout(overdue);
      await attempts.drain();
      await http[Symbol.asyncDispose]();
      egress.close();
    },
  };
}
