import { AppError, formatTimestamp, type WorkflowSettings } from '@calseta/common';
import { sameJson } from '../core/canonical-json.js';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { wholeRows } from '../core/fit-rows.js';
import { readLargePage } from '../core/large-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import { readVersionPage } from '../core/version-page.js';
import { type Prisma, type Workflow, type WorkflowVersion } from '../generated/client.js';

/** What a version of a workflow keeps. `definition` is not parsed. */
export type WorkflowContent = WorkflowSettings & { definition: unknown };

/** A workflow as stored. */
export type WorkflowRecord = WorkflowContent & {
  uuid: string;
  version: number;
  /** Whether an operator wants it active. */
  is_wanted: boolean;
  secret_names: string[];
  granted_secrets: string[];
  needs_base_url: boolean;
  builtin_name: string | null;
  created_at: string;
  updated_at: string;
};

/** What follows from a definition. */
type Derived = { secret_names: string[]; needs_base_url: boolean };

export type NewWorkflow = WorkflowContent & Derived & { is_active: boolean };
export type WorkflowChanges = { [K in keyof NewWorkflow]?: NewWorkflow[K] | undefined };

/** A workflow of the catalogue. */
export type BuiltinWorkflowRow = NewWorkflow & { builtin_name: string };

export type WorkflowVersionRecord = WorkflowContent & {
  version: number;
  created_by: string | null;
  created_at: string;
};

export type WorkflowUpdate = {
  changes: WorkflowChanges;
  /** Principal. */
  changedBy: string;
  /** Throws when the workflow is not as the caller saw it, or may not be changed like this. */
  check(current: WorkflowRecord): void;
};

export interface WorkflowStore {
  create(workflow: NewWorkflow, createdBy: string): Promise<WorkflowRecord>;
  list(page: PageRequest): Promise<Page<WorkflowRecord>>;
  get(uuid: string): Promise<WorkflowRecord | undefined>;
  /** Raises the version and keeps it. */
  update(uuid: string, update: WorkflowUpdate): Promise<WorkflowRecord | undefined>;
  /** Refused once the workflow has runs, which are records of what was done. */
  remove(uuid: string): Promise<boolean>;
  /** Newest first; undefined for an unknown workflow. */
  listVersions(uuid: string, page: PageRequest): Promise<Page<WorkflowVersionRecord> | undefined>;
  getVersion(uuid: string, version: number): Promise<WorkflowVersionRecord | undefined>;
  /** Writes what the files of the catalogue say; settings of operators stay. */
  ensureBuiltIn(rows: readonly BuiltinWorkflowRow[]): Promise<void>;
}

/** Versions that are kept of each workflow, besides those of runs that have not ended. */
export const MAX_WORKFLOW_VERSIONS = 100;

/** Workflows, their versions and their readiness. */
export const createWorkflowStore = ({
  prisma,
  query,
  readLarge,
}: Pick<Database, 'prisma' | 'query' | 'readLarge'>): WorkflowStore => ({
  create: async (input, createdBy) =>
    await prisma.$transaction(async (tx) => {
      const row = await tx.workflow.create({
        data: { ...toColumns(input), name: input.name },
        include: WITH,
      });
      await keepVersion(tx, row, createdBy);
      return toRecord(row);
    }),
  list: async (page) =>
    await readLargePage({ query, readLarge }, page, {
      order: 'newest_first',
      rows: wholeRows('workflows'),
      find: async (window) => await prisma.workflow.findMany(window),
      read: async (where) => await prisma.workflow.findMany({ where, include: WITH }),
      count: async () => await prisma.workflow.count(),
      toResource: toRecord,
    }),
  async get(id) {
    const row = await prisma.workflow.findUnique({ where: { id }, include: WITH });
    return row ? toRecord(row) : undefined;
  },
  update: async (id, { changes, changedBy, check }) =>
    await prisma.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM workflows WHERE id = ${id}::uuid FOR UPDATE`;
      const before = await tx.workflow.findUnique({ where: { id }, include: WITH });
      if (!before) return undefined;
      check(toRecord(before));
      const row = await tx.workflow.update({
        where: { id },
        data: { ...toColumns(changes), version: { increment: 1 } },
        include: WITH,
      });
      await keepVersion(tx, row, changedBy);
      return toRecord(row);
    }),
  remove: async (id) => await prisma.$transaction(async (tx) => await removeUnused(tx, id)),
  async listVersions(workflowId, page) {
    if ((await prisma.workflow.count({ where: { id: workflowId } })) === 0) return undefined;
    return await readVersionPage({ query, readLarge }, page, {
      rows: wholeRows('workflow_versions'),
      of: ['workflow_id', workflowId],
      read: (versions) =>
        prisma.workflowVersion.findMany({
          where: { workflowId, version: { in: versions } },
          orderBy: { version: 'desc' },
        }),
      toResource: toVersion,
    });
  },
  async getVersion(workflowId, version) {
    const row = await prisma.workflowVersion.findUnique({
      where: { workflowId_version: { workflowId, version } },
    });
    return row ? toVersion(row) : undefined;
  },
  async ensureBuiltIn(rows) {
    const known = await readBuiltIn(prisma, rows);
    if (rows.every((row) => isKept(known, row))) return;
    const writeMissing = async (tx: Prisma.TransactionClient): Promise<void> => {
      // Several processes may start at once.
      await tx.$queryRaw`SELECT 1 FROM (SELECT pg_advisory_xact_lock(${BUILTIN_LOCK})) AS locked`;
      const current = await readBuiltIn(tx, rows);
      for (const row of rows) if (!isKept(current, row)) await writeBuiltIn(tx, row);
    };
    await prisma.$transaction(writeMissing, { timeout: BUILTIN_TIMEOUT_MS });
  },
});

const WITH = { grants: { select: { secretName: true } } } as const;

type WorkflowRow = Workflow & { grants: { secretName: string }[] };

async function removeUnused(tx: Prisma.TransactionClient, id: string): Promise<boolean> {
  // Locks out a run that is just requested.
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM workflows WHERE id = ${id}::uuid FOR UPDATE`;
  if (rows.length === 0) return false;
  if ((await tx.workflowRun.count({ where: { workflowId: id } })) > 0)
    throw new AppError(
      'resource.conflict',
      'The workflow has runs, which stay as a record: switch it off (`is_active`) instead.',
    );
  await tx.workflow.delete({ where: { id } });
  return true;
}

/** For the whole catalogue, and for those that wait for it; Prisma's 5 s are too few on a busy server. */
const BUILTIN_TIMEOUT_MS = 60_000;
/** Held while the catalogue is written. */
const BUILTIN_LOCK = 7_220_920;

const readBuiltIn = async (
  client: Prisma.TransactionClient,
  rows: readonly BuiltinWorkflowRow[],
): Promise<Workflow[]> =>
  await client.workflow.findMany({
    where: { builtinName: { in: rows.map(({ builtin_name: name }) => name) } },
  });

/** An unchanged write would make every process reload its configuration. */
const isKept = (known: readonly Workflow[], row: BuiltinWorkflowRow): boolean =>
  known.some(
    ({ builtinName, definition }) =>
      builtinName === row.builtin_name && sameJson(definition, row.definition),
  );

async function writeBuiltIn(
  tx: Prisma.TransactionClient,
  { builtin_name: builtinName, ...row }: BuiltinWorkflowRow,
): Promise<void> {
  const { definition, secretNames, needsBaseUrl } = toColumns(row);
  const written = await tx.workflow.upsert({
    where: { builtinName },
    create: { ...toColumns(row), name: row.name, builtinName },
    update: { ...defined({ definition, secretNames, needsBaseUrl }), version: { increment: 1 } },
    include: WITH,
  });
  await keepVersion(tx, written, 'calseta');
}

async function keepVersion(
  tx: Prisma.TransactionClient,
  row: WorkflowRow,
  createdBy: string,
): Promise<void> {
  const { id: workflowId, version } = row;
  const content = contentOf(row) as Prisma.InputJsonObject;
  await tx.workflowVersion.create({ data: { workflowId, version, content, createdBy } });
  if (version <= MAX_WORKFLOW_VERSIONS) return;
  await tx.$executeRaw`
    DELETE FROM workflow_versions v
     WHERE v.workflow_id = ${workflowId}::uuid AND v.version <= ${version - MAX_WORKFLOW_VERSIONS}
       AND NOT EXISTS (
         SELECT 1 FROM workflow_runs r
          WHERE r.workflow_id = v.workflow_id AND r.workflow_version = v.version
            AND r.status IN ('awaiting_approval', 'queued', 'running'))`;
}

const toColumns = (input: WorkflowChanges) =>
  defined({
    name: input.name,
    documentation: input.documentation,
    approvalMode: input.approval_mode,
    riskLevel: input.risk_level,
    indicatorTypes: input.indicator_types,
    isActive: input.is_active,
    baseUrl: input.base_url,
    approvers: input.approvers,
    definition: input.definition as Prisma.InputJsonObject | undefined,
    secretNames: input.secret_names,
    needsBaseUrl: input.needs_base_url,
  });

const contentOf = (row: Workflow): WorkflowContent => ({
  name: row.name,
  documentation: row.documentation,
  approval_mode: row.approvalMode,
  risk_level: row.riskLevel,
  indicator_types: row.indicatorTypes,
  base_url: row.baseUrl,
  approvers: row.approvers,
  definition: row.definition,
});

const toRecord = (row: WorkflowRow): WorkflowRecord => ({
  uuid: row.id,
  ...contentOf(row),
  version: row.version,
  is_wanted: row.isActive,
  secret_names: row.secretNames,
  granted_secrets: row.grants.map(({ secretName }) => secretName),
  needs_base_url: row.needsBaseUrl,
  builtin_name: row.builtinName,
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});

const toVersion = (row: WorkflowVersion): WorkflowVersionRecord => ({
  ...(row.content as unknown as WorkflowContent),
  version: row.version,
  created_by: row.createdBy,
  created_at: formatTimestamp(row.createdAt),
});
