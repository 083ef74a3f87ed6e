import {
  AppError,
  canMove,
  formatTimestamp,
  newUuid,
  STATUS_MOVES,
  type AlertResource,
  type AlertStatus,
  type CreateFinding,
  type FindingResource,
  type UpdateAlert,
} from '@calseta/common';
import { toAlert } from './alert-resource.js';
import { type Database, type Transaction } from '../core/database.js';
import { defined } from '../core/defined.js';
import { isForeignKeyViolation } from '../core/errors.js';
import { type Prisma, type Alert, type Finding } from '../generated/client.js';
import { lockAlert } from './lock-alert.js';
import { addVerdicts, subtractVerdicts } from '../pipeline/sightings/count-verdicts.js';
import { lockIndicators } from '../pipeline/sightings/lock-indicators.js';
import { type LargePageSource, readLargePage, weighLargePage } from '../core/large-page.js';
import { type Page, type PageRequest, type WeighedPage } from '../core/page.js';

export type AlertPatch = {
  changes: UpdateAlert;
  /** Id of the API key. */
  actor: string;
  /** Throws when the alert differs from the version that the caller saw. */
  assertUnchanged?: (current: AlertResource) => void;
};

/** The key that posts a finding, and the agent that it belongs to. */
export type FindingAuthor = { keyId: string; agentId: string | null };

/** Stores decisions of people and agents about alerts. */
export interface TriageStore {
  /** Undefined for an unknown alert. Throws `alert.transition_invalid` for an illegal status change. */
  update(uuid: string, change: AlertPatch): Promise<AlertResource | undefined>;
  addFinding(
    alertUuid: string,
    finding: CreateFinding,
    author: FindingAuthor,
  ): Promise<FindingResource | undefined>;
  /** Oldest first; those of agents in shadow mode instead of the others, where asked for. */
  listFindings(
    alertUuid: string,
    page: PageRequest,
    options: { ofShadows: boolean },
  ): Promise<Page<FindingResource>>;
  /** The same page, for a caller that reads it with something else. */
  weighFindings(
    alertUuid: string,
    page: PageRequest,
    options: { ofShadows: boolean },
  ): Promise<WeighedPage<FindingResource>>;
}

/** Postgres' clock decides whether a slot has expired, and may differ from ours. */
const CLOCK_MARGIN_MS = 3_600_000;

const FINDINGS = {
  table: 'findings',
  bytes: `octet_length(r.details::text) + octet_length(r.summary)
          + octet_length(array_to_string(r.recommended_actions, ','))`,
};

export const createTriageStore = ({ prisma, query, readLarge }: Database): TriageStore => ({
  update: async (uuid, { changes, actor, assertUnchanged }) =>
    await prisma.$transaction(async (tx) => {
      if (changes.status === 'Closed') await freeDedupSlot(tx, uuid);
      const before = await lockAlert(tx, uuid);
      if (!before) return undefined;
      const json = await readRawPayload(tx, uuid);
      assertUnchanged?.(toAlert(before, json));
      assertMove(before.status, changes.status ?? before.status);
      assertClassified(changes, changes.status ?? before.status);

      const now = new Date();
      const after = await writeChanges(tx, before, changes, now);
      const detail = describeChanges(before, after);
      if (Object.keys(detail).length > 0) {
        await tx.activity.create({
          data: { id: newUuid(), alertId: uuid, at: now, kind: 'updated', actor, detail },
        });
      }
      return toAlert(after, json);
    }),

  async addFinding(alertId, finding, { keyId, agentId }) {
    const agent =
      agentId === null ? null : await prisma.agent.findUnique({ where: { id: agentId } });
    const isShadow = agent?.mode === 'shadow';
    const data = {
      ...toFindingColumns(alertId, finding, keyId),
      agentId,
      agentName: agent?.name ?? null,
      isShadow,
    };
    try {
      if (isShadow) return toFinding(await prisma.finding.create({ data }));
      const [row] = await prisma.$transaction([
        prisma.finding.create({ data }),
        prisma.activity.create({
          data: {
            id: newUuid(),
            alertId,
            at: new Date(),
            kind: 'finding_posted',
            actor: keyId,
            detail: defined({
              summary: finding.summary,
              confidence: finding.confidence,
              agent_uuid: agentId ?? undefined,
              agent: agent?.name,
            }),
          },
        }),
      ]);
      return toFinding(row);
    } catch (error) {
      if (isForeignKeyViolation(error)) return undefined;
      throw error;
    }
  },

  weighFindings: async (alertId, page, { ofShadows }) =>
    await weighLargePage({ query }, page, findingsOf(prisma, alertId, ofShadows)),

  listFindings: async (alertId, page, { ofShadows }) =>
    await readLargePage({ query, readLarge }, page, findingsOf(prisma, alertId, ofShadows)),
});

const findingsOf = (
  prisma: Database['prisma'],
  alertId: string,
  isShadow: boolean,
): LargePageSource<Finding, FindingResource> => ({
  order: 'oldest_first',
  rows: FINDINGS,
  find: ({ where, ...window }) =>
    prisma.finding.findMany({ where: { alertId, isShadow, ...where }, ...window }),
  read: (where) => prisma.finding.findMany({ where }),
  count: () => prisma.finding.count({ where: { alertId, isShadow } }),
  toResource: toFinding,
});

/**
 * A repeat of a closed alert opens a new one. Locks the slot before the alert, as reparse does; if the status change is
 * illegal, the transaction rolls this back.
 */
async function freeDedupSlot(tx: Prisma.TransactionClient, alertId: string): Promise<void> {
  const alert = await tx.alert.findUnique({
    where: { id: alertId },
    select: { sourceName: true, dedupKey: true },
  });
  if (!alert) return;
  await tx.dedupSlot.updateMany({
    where: { ...alert, alertId },
    data: { expiresAt: new Date(Date.now() - CLOCK_MARGIN_MS) },
  });
}

/** A new verdict moves in the counters of the alert's indicators too. */
async function writeChanges(
  tx: Prisma.TransactionClient,
  before: Alert,
  changes: UpdateAlert,
  now: Date,
): Promise<Alert> {
  const update = async () =>
    await tx.alert.update({ where: { id: before.id }, data: toColumns(before, changes, now) });
  const { malice_override: override = before.maliceOverride } = changes;
  if (override === before.maliceOverride) return await update();
  await sendThrough(tx, (client) => {
    lockIndicators(client, { ofAlerts: [before.id] });
    subtractVerdicts(client, [before.id]);
  });
  const after = await update();
  await sendThrough(tx, (client) => addVerdicts(client, [before.id]));
  return after;
}

/** Runs statements of the pipeline in a transaction of Prisma, one after the other. */
async function sendThrough(
  tx: Prisma.TransactionClient,
  work: (client: Pick<Transaction, 'send'>) => void,
): Promise<void> {
  const statements: [string, unknown[]][] = [];
  work({ send: (text, values = []) => statements.push([text, values]) });
  for (const [text, values] of statements) await tx.$executeRawUnsafe(text, ...values);
}

/** As text, because Prisma would round numbers. */
async function readRawPayload(tx: Prisma.TransactionClient, alertId: string): Promise<string> {
  const [row] = await tx.$queryRaw<{ json: string }[]>`
    SELECT raw_payload::text AS json FROM alerts WHERE id = ${alertId}::uuid`;
  return row?.json ?? 'null';
}

function assertMove(from: AlertStatus, to: AlertStatus): void {
  if (canMove(from, to)) return;
  const moves = STATUS_MOVES[from];
  throw new AppError(
    'alert.transition_invalid',
    moves.length > 0
      ? `An alert cannot move from ${from} to ${to}; legal moves: ${moves.join(', ')}.`
      : `An alert cannot move from ${from} to ${to}; ${from} is final.`,
  );
}

function assertClassified({ close_classification: word }: UpdateAlert, to: AlertStatus): void {
  if (word === undefined || to === 'Closed') return;
  throw new AppError(
    'resource.conflict',
    `An alert is classified while it is closed, or after; this one is ${to}. Send "status": "Closed" with it.`,
  );
}

function toColumns(before: Alert, changes: UpdateAlert, now: Date): Prisma.AlertUpdateInput {
  const { status } = changes;
  const hasLeftOpen = before.status === 'Open' && status !== undefined && status !== 'Open';
  return defined({
    status,
    severity: changes.severity,
    severityIsSet: changes.severity === undefined ? undefined : true,
    tags: changes.tags,
    droppedTags: changes.tags && droppedTags(before, changes.tags),
    closeClassification: changes.close_classification,
    maliceOverride: changes.malice_override,
    assignee: changes.assignee,
    triagedAt: hasLeftOpen ? now : undefined,
    closedAt: status === 'Closed' && before.closedAt === null ? now : undefined,
  });
}

const MAX_DROPPED_TAGS = 1_000;

/** Tags that people removed and have not set again; updates from the source do not restore them. */
const droppedTags = ({ tags, droppedTags: dropped }: Alert, set: readonly string[]): string[] =>
  [...new Set([...dropped, ...tags])].filter((tag) => !set.includes(tag)).slice(-MAX_DROPPED_TAGS);

/** Fields reported in the activity, with their names there. */
const REPORTED_FIELDS = {
  status: 'status',
  severity: 'severity',
  tags: 'tags',
  closeClassification: 'close_classification',
  maliceOverride: 'malice_override',
  assignee: 'assignee',
} as const satisfies Partial<Record<keyof Alert, keyof UpdateAlert>>;
type ReportedField = keyof typeof REPORTED_FIELDS;
const REPORTED = Object.entries(REPORTED_FIELDS) as [ReportedField, string][];

/** `{status: {from, to}, …}` for the changed fields. */
const describeChanges = (before: Alert, after: Alert) =>
  Object.fromEntries(
    REPORTED.filter(
      ([field]) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
    ).map(([field, name]) => [name, { from: before[field], to: after[field] }]),
  );

const toFindingColumns = (alertId: string, finding: CreateFinding, createdBy: string) => ({
  alertId,
  createdBy,
  summary: finding.summary,
  confidence: finding.confidence ?? null,
  recommendedActions: finding.recommended_actions,
  details: finding.details as Prisma.InputJsonObject,
  classification: finding.classification ?? null,
});

const toFinding = (row: Finding): FindingResource => ({
  uuid: row.id,
  alert_uuid: row.alertId,
  summary: row.summary,
  ...(row.confidence !== null && { confidence: row.confidence }),
  recommended_actions: row.recommendedActions,
  details: row.details as Record<string, unknown>,
  ...(row.classification !== null && { classification: row.classification }),
  created_by: row.createdBy,
  ...(row.agentId !== null && { agent_uuid: row.agentId }),
  ...(row.agentName !== null && { agent_name: row.agentName }),
  ...(row.isShadow && { is_shadow: true as const }),
  created_at: formatTimestamp(row.createdAt),
});
