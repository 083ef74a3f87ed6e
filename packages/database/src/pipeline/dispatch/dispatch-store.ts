import {
  ALERT_ENRICHED,
  alertRuleSchema,
  compileAlertRule,
  type CompiledRule,
  type ContextDocumentText,
  type ContextWorkflow,
  type IndicatorType,
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
import { type Agent, type ContextDocument, type Workflow } from '../../generated/client.js';
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
import { loadAlertContexts, type StoredAlertContext } from './load-alert-contexts.js';
import { type AgentFailures, type AttemptRecord, recordAttempts } from './record-attempts.js';

export { type CreatedDeliveries, type Dispatch, type NewDelivery } from './create-deliveries.js';
export { type Lease, type ClaimedDelivery, type ClaimRequest } from './lease-deliveries.js';
export { type StoredAlertContext } from './load-alert-contexts.js';
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

export type AvailableWorkflow = ContextWorkflow & { indicatorTypes: IndicatorType[] };

export interface DispatchStore {
  loadContexts(alertIds: readonly string[]): Promise<(StoredAlertContext | undefined)[]>;
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
const MAX_WORKFLOWS = 1_000;

const OLDEST_FIRST = [{ createdAt: 'asc' }, { id: 'asc' }] as const;

export const createDispatchStore = (database: Database): DispatchStore => ({
  loadContexts: async (alertIds) => await loadAlertContexts(database, alertIds),
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
    const row = await database.prisma.agent.findUnique({ where: { id: agentId } });
    return row ? toAgent(row) : undefined;
  },

  async loadAgents() {
    const rows = await database.prisma.agent.findMany({
      orderBy: [...OLDEST_FIRST],
      take: MAX_AGENTS,
    });
    return rows.map(toAgent);
  },

  async loadDocuments() {
    const rows = await database.prisma.contextDocument.findMany({
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

  async loadWorkflows() {
    const rows = await database.prisma.workflow.findMany({
      where: { isActive: true },
      orderBy: [...OLDEST_FIRST],
      include: { grants: { select: { secretName: true } } },
      take: MAX_WORKFLOWS,
    });
    return rows.filter(isReady).map((row) => ({
      uuid: row.id,
      name: row.name,
      documentation: row.documentation,
      approvalMode: row.approvalMode,
      riskLevel: row.riskLevel,
      indicatorTypes: row.indicatorTypes,
      ...(hasSteps(row) && { hasSteps: true }),
    }));
  },
});

const hasSteps = ({ definition }: Workflow): boolean =>
  (definition as { steps?: unknown[] } | null)?.steps?.length !== 0;

/** Whether it can run: its secrets are granted, and it has the base URL that it needs. */
const isReady = ({
  secretNames,
  grants,
  needsBaseUrl,
  baseUrl,
}: Workflow & { grants: { secretName: string }[] }): boolean =>
  secretNames.every((name) => grants.some(({ secretName }) => secretName === name)) &&
  (!needsBaseUrl || baseUrl !== null);

const toAgent = (row: Agent): DispatchAgent => ({
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

const toDocument = (row: ContextDocument): TargetedDocument => ({
  title: row.title,
  docType: row.docType,
  content: row.content,
  isGlobal: row.isGlobal,
  ...(row.targetingRules !== null && {
    targetingRules: compileAlertRule(alertRuleSchema.parse(row.targetingRules)),
  }),
});
