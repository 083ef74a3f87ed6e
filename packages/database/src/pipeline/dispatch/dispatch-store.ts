import {
  ALERT_ENRICHED,
  alertRuleSchema,
  compileAlertRule,
  type CompiledRule,
  type ContextDocumentText,
  type LiveMute,
  payloadModeSchema,
  type PayloadSettings,
  type TriggerFilter,
  MAX_MUTES,
  triggerFilterSchema,
} from '@calseta/common';
import { createDeliveries, type CreatedDeliveries, type Dispatch } from './create-deliveries.js';
import { createTestDelivery, type TestDelivery } from './create-test-delivery.js';
import { type Database } from '../../core/database.js';
import { type Agent, type ContextDocument } from '../../generated/client.js';
import {
  claimDueDeliveries,
  type Lease,
  type ClaimedDelivery,
  makeDue,
  releaseLeases,
  renewLeases,
  type ClaimRequest,
} from './lease-deliveries.js';
import { disableAgent } from './disable-agent.js';
import {
  type ContextBounds,
  loadAlertContexts,
  type StoredAlertContext,
  weighAlertContexts,
} from './load-alert-contexts.js';
import { type AvailableWorkflow, loadWorkflows } from './load-workflows.js';
import { type AgentFailures, type AttemptRecord, recordAttempts } from './record-attempts.js';
import { createWithContext, type WithContext } from './with-context.js';

export { type CreatedDeliveries, type Dispatch, type NewDelivery } from './create-deliveries.js';
export { type Lease, type ClaimedDelivery, type ClaimRequest } from './lease-deliveries.js';
export { type ContextBounds, type StoredAlertContext } from './load-alert-contexts.js';
export { type AgentFailures, type AttemptRecord } from './record-attempts.js';

/** An agent with its encrypted secrets. */
export type DispatchAgent = {
  id: string;
  name: string;
  /** Undefined: the agent pulls. */
  webhookUrl?: string;
  authHeaderEncrypted?: string;
  /** Encrypted values by name. */
  headersEncrypted: Record<string, string>;
  /** PEM; the key encrypted. */
  tls: { ca?: string; certificate?: string; keyEncrypted?: string };
  signingSecretEncrypted: string;
  previousSecretEncrypted?: string;
  previousSecretExpiresAt?: Date;
  triggerFilter: TriggerFilter;
  match?: CompiledRule;
  timeoutSeconds: number;
  maxConcurrency: number;
  isActive: boolean;
  receiveUpdates: boolean;
  /** Whether it is pushed alerts, and not events alone. */
  receivesAlerts: boolean;
  /** When the agent removes itself. */
  expiresAt?: Date;
  payload: PayloadSettings;
};

export type TargetedDocument = ContextDocumentText & {
  isGlobal: boolean;
  targetingRules?: CompiledRule;
};

export interface DispatchStore {
  /** In the order of the ids; undefined for a missing alert, and for one whose context is larger than the bounds. */
  loadContexts(
    alertIds: readonly string[],
    bounds?: ContextBounds,
  ): Promise<(StoredAlertContext | undefined)[]>;
  /** Bytes of the text of each context, before any of it is loaded; undefined for a missing alert. */
  weighContexts(alertIds: readonly string[]): Promise<(number | undefined)[]>;
  withContext: WithContext;
  /** Returns the deliveries that are new. */
  createDeliveries(dispatches: readonly Dispatch[], leaseMs: number): Promise<CreatedDeliveries>;
  claimDue(requests: readonly ClaimRequest[], leaseMs: number): Promise<ClaimedDelivery[]>;
  /** Returns the ids of the deliveries that the caller still holds. */
  renewLeases(leases: readonly Lease[], leaseMs: number): Promise<Set<string>>;
  releaseLeases(leases: readonly Lease[]): Promise<void>;
  /** Each agent's failures after these attempts; agents without any may be missing. */
  recordAttempts(records: readonly AttemptRecord[]): Promise<Map<string, AgentFailures>>;
  /** Makes due at once what waits for its next attempt at an agent that was away. */
  makeDue(agentId: string): Promise<void>;
  createTestDelivery(delivery: TestDelivery): Promise<void>;
  /** Switches an agent off, and tells the agents that want to know. */
  disableAgent(agentId: string, reason: string): Promise<void>;
  /** Increases with every change to agents, documents and workflows. */
  readConfigVersion(): Promise<bigint>;
  findAgent(agentId: string): Promise<DispatchAgent | undefined>;
  loadAgents(): Promise<DispatchAgent[]>;
  loadDocuments(): Promise<TargetedDocument[]>;
  loadWorkflows(): Promise<AvailableWorkflow[]>;
  /** Mutes that have not ended. */
  loadMutes(): Promise<LiveMute[]>;
}

/** Maximum number of agents that a process keeps in memory; the oldest come first. */
const MAX_AGENTS = 10_000;
const MAX_DOCUMENTS = 10_000;

const OLDEST_FIRST = [{ createdAt: 'asc' }, { id: 'asc' }] as const;

export const createDispatchStore = (database: Database): DispatchStore => ({
  loadContexts: async (alertIds, bounds) => await loadAlertContexts(database, alertIds, bounds),
  weighContexts: async (alertIds) => await weighAlertContexts(database, alertIds),
  withContext: createWithContext(database),
  createDeliveries: async (dispatches, leaseMs) =>
    await createDeliveries(database, dispatches, leaseMs),
  claimDue: async (requests, leaseMs) => await claimDueDeliveries(database, requests, leaseMs),
  renewLeases: async (leases, leaseMs) => await renewLeases(database, leases, leaseMs),
  releaseLeases: async (leases) => await releaseLeases(database, leases),
  recordAttempts: async (records) => await recordAttempts(database, records),
  makeDue: async (agentId) => await makeDue(database, agentId),
  createTestDelivery: async (delivery) => await createTestDelivery(database, delivery),

  disableAgent: async (agentId, reason) => await disableAgent(database, agentId, reason),

  async readConfigVersion() {
    const { rows } = await database.query<{ version: string }>(
      'SELECT version::text FROM config_version',
    );
    return BigInt(rows[0]?.version ?? 0);
  },

  async findAgent(agentId) {
    const row = await database.prisma.agent.findUnique({
      where: { id: agentId },
      select: AGENT_COLUMNS,
    });
    return row ? toAgent(row) : undefined;
  },

  async loadAgents() {
    const rows = await database.prisma.agent.findMany({
      select: AGENT_COLUMNS,
      orderBy: [...OLDEST_FIRST],
      take: MAX_AGENTS,
    });
    return rows.map(toAgent);
  },

  async loadDocuments() {
    const rows = await database.prisma.contextDocument.findMany({
      select: DOCUMENT_COLUMNS,
      orderBy: [...OLDEST_FIRST],
      take: MAX_DOCUMENTS,
    });
    return rows.map(toDocument);
  },

  async loadMutes() {
    const rows = await database.prisma.mute.findMany({
      where: { until: { gt: new Date() } },
      orderBy: [...OLDEST_FIRST],
      take: MAX_MUTES,
    });
    return rows.map(({ id, rule, until, reason }) => ({
      id,
      rule: compileAlertRule(alertRuleSchema.parse(rule)),
      until,
      reason,
    }));
  },

  loadWorkflows: async () => await loadWorkflows(database),
});

/** Without the documentation, which may be long and which no push holds. */
const AGENT_COLUMNS = {
  id: true,
  name: true,
  webhookUrl: true,
  authHeaderEncrypted: true,
  headers: true,
  tlsCa: true,
  tlsCertificate: true,
  tlsKeyEncrypted: true,
  signingSecretEncrypted: true,
  previousSecretEncrypted: true,
  previousSecretExpiresAt: true,
  triggerFilter: true,
  match: true,
  timeoutSeconds: true,
  maxConcurrency: true,
  isActive: true,
  receiveUpdates: true,
  events: true,
  expiresAt: true,
  payloadMode: true,
  maxTokens: true,
  maxBytes: true,
} as const;
type AgentRow = Pick<Agent, keyof typeof AGENT_COLUMNS>;

const toAgent = (row: AgentRow): DispatchAgent => ({
  id: row.id,
  name: row.name,
  ...(row.webhookUrl !== null && { webhookUrl: row.webhookUrl }),
  ...(row.authHeaderEncrypted !== null && { authHeaderEncrypted: row.authHeaderEncrypted }),
  headersEncrypted: row.headers as Record<string, string>,
  tls: {
    ...(row.tlsCa !== null && { ca: row.tlsCa }),
    ...(row.tlsCertificate !== null && { certificate: row.tlsCertificate }),
    ...(row.tlsKeyEncrypted !== null && { keyEncrypted: row.tlsKeyEncrypted }),
  },
  signingSecretEncrypted: row.signingSecretEncrypted,
  ...(row.previousSecretEncrypted !== null && {
    previousSecretEncrypted: row.previousSecretEncrypted,
  }),
  ...(row.previousSecretExpiresAt && { previousSecretExpiresAt: row.previousSecretExpiresAt }),
  triggerFilter: triggerFilterSchema.parse(row.triggerFilter),
  ...(row.match !== null && { match: compileAlertRule(alertRuleSchema.parse(row.match)) }),
  timeoutSeconds: row.timeoutSeconds,
  maxConcurrency: row.maxConcurrency,
  isActive: row.isActive,
  receiveUpdates: row.receiveUpdates,
  receivesAlerts: row.events.includes(ALERT_ENRICHED),
  ...(row.expiresAt !== null && { expiresAt: row.expiresAt }),
  payload: {
    mode: payloadModeSchema.parse(row.payloadMode),
    maxTokens: row.maxTokens,
    maxBytes: row.maxBytes,
  },
});

const DOCUMENT_COLUMNS = {
  title: true,
  docType: true,
  content: true,
  isGlobal: true,
  targetingRules: true,
} as const;
type DocumentRow = Pick<ContextDocument, keyof typeof DOCUMENT_COLUMNS>;

const toDocument = (row: DocumentRow): TargetedDocument => ({
  title: row.title,
  docType: row.docType,
  content: row.content,
  isGlobal: row.isGlobal,
  ...(row.targetingRules !== null && {
    targetingRules: compileAlertRule(alertRuleSchema.parse(row.targetingRules)),
  }),
});
