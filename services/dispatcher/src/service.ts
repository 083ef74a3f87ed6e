import { setMaxListeners } from 'node:events';
import { batched, createMicroBatcher, createVersioned } from '@calseta/async';
import { completeContext, REQUESTS, SUBSCRIPTIONS } from '@calseta/common';
import {
  type AgentFailures,
  type AttemptRecord,
  createApprovalNoticeStore,
  createApprovalStore,
  createDispatchStore,
  createStageStore,
  type Database,
  type Dispatch,
  type DispatchStore,
  type StoredAlertContext,
} from '@calseta/database';
import { type PipelineTransport, runStage } from '@calseta/messaging';
import {
  cipherOf,
  createEgress,
  createOutboundHttp,
  createTokenCounter,
  logFailures,
  type ServiceInstance,
  type Telemetry,
} from '@calseta/platform';
import { startApprovalNotices } from './approvals/approval-notices.js';
import { noticeSender } from './approvals/send-notice.js';
import { type DispatcherConfig } from './config.js';
import { createAgents } from './deliveries/agents.js';
import { deliveryAttempt } from './deliveries/attempt-delivery.js';
import { startDeliveryEngine } from './deliveries/delivery-engine.js';
import { createBodyRoom } from './deliveries/body-room.js';
import { bodyLoader, maxBodyBytes } from './deliveries/load-body.js';
import { attemptObserver } from './deliveries/observe-attempt.js';
import { createPayloads } from './deliveries/payloads.js';
import { createAlertContexts } from './deliveries/alert-contexts.js';
import { alertEnrichedHandler } from './handle-alert-enriched.js';
import { DEFAULT_POLICY, type DispatcherPolicy } from './policy.js';
import { confirmSubscriptionResponder } from './requests/respond-confirm-subscription.js';
import { testPushResponder } from './requests/respond-test-push.js';
import { testWorkflowResponder } from './requests/respond-test-workflow.js';
import { webhookSender } from './webhooks/send-webhook.js';
import { startWorkflows } from './workflows/start-workflows.js';

export { dispatcherConfig, dispatcherProcessConfig } from './config.js';
export { type DispatcherPolicy } from './policy.js';

export type DispatcherDeps = {
  config: DispatcherConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
  policy?: Partial<DispatcherPolicy>;
};

/** alert.enriched → a signed push to every agent whose trigger filter matches. */
export async function createDispatcher(deps: DispatcherDeps): Promise<ServiceInstance> {
  const { config, database, transport, telemetry } = deps;
  const policy = { ...DEFAULT_POLICY, ...deps.policy };
  const store = createDispatchStore(database);
  const agents = createAgents({ store, cipher: cipherOf(config), log: telemetry.log });
  const content = createContent({ ...deps, policy, store });
  const webhooks = createWebhooks(config, telemetry);
  // Before a backlog is taken up: it writes the catalogue in a transaction that must not wait for busy connections.
  const workflows = await startWorkflows({ ...deps, ...webhooks });
  const deliveries = startDeliveries({ ...deps, policy, store, agents, content, webhooks });
  const notices = startNotices(deps, webhooks);
  const stage = await runStage({
    subscription: SUBSCRIPTIONS.dispatcher,
    handler: alertEnrichedHandler({
      ...content,
      agents,
      mutes: createVersioned({ readVersion: store.readConfigVersion, load: store.loadMutes }),
      onMuted: mutedCounter(telemetry),
      dispatch: batched(dispatchAll(store, config.DELIVERY_LEASE_MS), policy.writeBatches),
      queues: deliveries.queues,
      leaseMs: config.DELIVERY_LEASE_MS,
    }),
    store: createStageStore(database),
    transport,
    telemetry,
    config,
  });
  const responders = await Promise.all([
    transport.respond(
      REQUESTS.testPush,
      testPushResponder({ ...webhooks, ...content, agents, store }),
    ),
    transport.respond(
      REQUESTS.confirmSubscription,
      confirmSubscriptionResponder(webhooks.http, webhooks.signal),
    ),
    transport.respond(REQUESTS.testWorkflow, testWorkflowResponder(workflows)),
    transport.respond(REQUESTS.workflowRequested, async () => {
      workflows.trigger();
      return await Promise.resolve({});
    }),
  ]);

  return {
    name: 'dispatcher',
    schema: database.schema,
    readiness: { database: () => database.ping(), broker: () => transport.isReady() },
    async drain() {
      const overdue = setTimeout(webhooks.abort, config.DELIVERY_DRAIN_MS);
      await stage.drain();
      await Promise.all([
        ...responders.map(async (responder) => await responder.drain()),
        deliveries.drain(),
        workflows.drain(),
        notices.drain(),
      ]);
      clearTimeout(overdue);
      await deliveries.recorded();
      await workflows.close();
      await webhooks.close();
    },
  };
}

function mutedCounter({ metrics }: Telemetry): () => void {
  const muted = metrics.counter(
    'calseta_alerts_muted_total',
    'Alerts that a mute kept from being pushed.',
    {},
  );
  return () => muted.inc();
}

function bodiesHeldCounter({ metrics }: Telemetry): () => void {
  const held = metrics.counter(
    'calseta_deliveries_held_total',
    'Times that deliveries to an agent waited because the bodies of pushes under way took DELIVERY_MAX_BODY_BYTES.',
    {},
  );
  return () => held.inc();
}

/** What a later revision changed is no news of an earlier one. */
function asOf(revision: number, { update, ...context }: StoredAlertContext): StoredAlertContext {
  return update && context.revision === revision ? { ...context, update } : context;
}

type ContentDeps = Pick<DispatcherDeps, 'config' | 'telemetry'> & {
  policy: DispatcherPolicy;
  store: DispatchStore;
};

/** The content of pushes: alerts with their context, documents and workflows, rendered bodies. */
function createContent({ config, telemetry, policy, store }: ContentDeps) {
  const publicUrl = config.CALSETA_PUBLIC_URL;
  const loadTokenCounter = createTokenCounter();
  const { metrics } = telemetry;
  const contexts = createAlertContexts({ store, metrics, limits: policy.contexts });
  const knowledge = createVersioned({
    readVersion: store.readConfigVersion,
    load: async () => ({
      documents: await store.loadDocuments(),
      workflows: await store.loadWorkflows(),
    }),
  });
  const payloads = createPayloads({
    withContext: async ({ revision, isReplay, ...alert }, render) =>
      await contexts.forPush(alert, async (stored) => {
        const known = await knowledge.at(stored.configVersion);
        const context = completeContext(asOf(revision, stored), known);
        return await render(isReplay ? { ...context, marks: { replay: true } } : context);
      }),
    loadTokenCounter,
    publicUrl,
    maxBytes: policy.maxCachedPayloadBytes,
    maxAgeMs: policy.maxPayloadAgeMs,
  });
  return { withContext: contexts.forDispatch, knowledge, payloads, loadTokenCounter, publicUrl };
}

/** Sends signed requests through the egress guard; `abort` ends those under way. */
function createWebhooks(config: DispatcherConfig, { metrics }: Telemetry) {
  const aborting = new AbortController();
  // One listener for each attempt under way; the queues bound their number.
  setMaxListeners(0, aborting.signal);
  const egress = createEgress(config, metrics);
  const http = createOutboundHttp(egress);
  return {
    ...{ http, egress },
    send: webhookSender(http, () => new Date()),
    signal: aborting.signal,
    abort: () => aborting.abort(new Error('draining')),
    async close() {
      await http[Symbol.asyncDispose]();
      egress.close();
    },
  };
}

/** The messages to those who may approve a run. */
function startNotices(
  { config, database, telemetry }: DispatcherDeps,
  { http, signal }: ReturnType<typeof createWebhooks>,
) {
  const store = createApprovalNoticeStore(database);
  return startApprovalNotices({
    store,
    send: noticeSender({
      store,
      getApproval: createApprovalStore(database).get,
      http,
      cipher: cipherOf(config),
      publicUrl: config.CALSETA_PUBLIC_URL,
      signal,
    }),
    log: telemetry.log,
    pollIntervalMs: config.DELIVERY_POLL_INTERVAL_MS,
    leaseMs: config.DELIVERY_LEASE_MS,
  });
}

type DeliveriesDeps = ContentDeps & {
  agents: ReturnType<typeof createAgents>;
  content: ReturnType<typeof createContent>;
  webhooks: ReturnType<typeof createWebhooks>;
};

/** The queues of all agents, and the attempts that empty them. */
function startDeliveries(deps: DeliveriesDeps) {
  const { config, telemetry, policy, store, agents, content, webhooks } = deps;
  const { log } = telemetry;
  const records = createMicroBatcher({ ...policy.attemptBatches, run: recordAll(store) });
  const engine = startDeliveryEngine({
    store,
    agents,
    attempt: deliveryAttempt({
      ...webhooks,
      agents,
      loadBody: bodyLoader({ ...content, log }),
      record: records.add,
      release: async (lease) => await store.releaseLeases([lease]),
      makeDue: async (agentId) =>
        await store.makeDue(agentId).catch(logFailures(log, 'deliveries.make_due_failed')),
      disableAgent: async ({ id, name }, reason) => {
        await store.disableAgent(id, reason);
        log.warn('agent.disabled', { agent_id: id, agent: name, reason });
      },
      observe: attemptObserver(telemetry),
      policy: {
        ...policy.delivery,
        giveUpAfterMs: config.DELIVERY_GIVE_UP_MS,
        disableAfterMs: config.DELIVERY_DISABLE_AGENT_MS,
      },
    }),
    room: createBodyRoom({
      maxBytes: config.DELIVERY_MAX_BODY_BYTES,
      onWait: bodiesHeldCounter(telemetry),
    }),
    maxBodyBytes: (delivery) =>
      maxBodyBytes(delivery, agents.find(delivery.agentId), content.payloads),
    log,
    limits: policy.queues,
    breakerPolicy: policy.breaker,
    pollIntervalMs: config.DELIVERY_POLL_INTERVAL_MS,
    leaseMs: config.DELIVERY_LEASE_MS,
    signal: webhooks.signal,
  });
  return { ...engine, recorded: () => records.drain() };
}

const dispatchAll = (store: DispatchStore, leaseMs: number) => async (batch: Dispatch[]) => {
  const created = await store.createDeliveries(batch, leaseMs);
  return batch.map(() => created);
};

const NO_FAILURES: AgentFailures = { count: 0, forMs: 0 };

const recordAll = (store: DispatchStore) => async (batch: AttemptRecord[]) => {
  const failures = await store.recordAttempts(batch);
  return batch.map(({ agentId }) => failures.get(agentId) ?? NO_FAILURES);
};
