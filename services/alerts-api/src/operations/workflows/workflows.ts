import {
  APPROVAL_MODES,
  AppError,
  type Issue,
  type PageQuery,
  type Principal,
  RISK_LEVELS,
} from '@calseta/common';
import { type SecretStore, type WorkflowRecord, type WorkflowStore } from '@calseta/database';
import { type CreateWorkflow, type UpdateWorkflow, usesOfSecrets } from '@calseta/http-steps';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';
import {
  definitionOf,
  invalid,
  obstaclesOf,
  toChanges,
  toNewWorkflow,
  toWorkflow,
  toWorkflowVersion,
} from './workflow-shape.js';

export type WorkflowDeps = {
  workflows: WorkflowStore;
  secrets: Pick<SecretStore, 'grantedTo'>;
};

export type WorkflowOperations = ReturnType<typeof workflowOperations>;

/** Throws when the version is not the one that the caller saw. */
export type AssertVersion = (version: string) => void;

const READ = { scope: 'workflows:read' } as const;
const WRITE = { scope: 'workflows:write' } as const;

/** Workflows: what may be done about an alert, and their versions. */
export const workflowOperations = (deps: WorkflowDeps) => {
  const { workflows } = deps;
  return {
    list: operation(READ, async (query: PageQuery) => {
      const page = await workflows.list(toPageRequest(query));
      return { ...page, items: page.items.map(toWorkflow) };
    }),
    get: operation(READ, async ({ uuid }: ByUuid) =>
      toWorkflow(found('workflow', await workflows.get(uuid))),
    ),
    create: operation(WRITE, async (input: CreateWorkflow, { principal }) => {
      refuseUnwatched(principal, input);
      const record = await workflows.create(toNewWorkflow(input), principal.principalId);
      return { workflow: toWorkflow(record), warnings: obstaclesOf(record) };
    }),
    update: operation(
      WRITE,
      async (
        {
          uuid,
          changes,
          assertVersion,
        }: ByUuid & { changes: UpdateWorkflow; assertVersion: AssertVersion },
        { principal },
      ) => await update(deps, { uuid, changes, assertVersion, principal }),
    ),
    remove: operation(WRITE, async ({ uuid }: ByUuid) => {
      const { builtin_name: builtin } = found('workflow', await workflows.get(uuid));
      if (builtin !== null)
        throw new AppError(
          'resource.conflict',
          'A workflow that comes with Calseta can be switched off (`is_active`), not deleted.',
        );
      found('workflow', (await workflows.remove(uuid)) || undefined);
    }),
    listVersions: operation(READ, async ({ uuid, ...query }: ByUuid & PageQuery) => {
      const page = found('workflow', await workflows.listVersions(uuid, toPageRequest(query)));
      return { ...page, items: page.items.map(toWorkflowVersion) };
    }),
    getVersion: operation(READ, async ({ uuid, version }: ByUuid & { version: number }) =>
      toWorkflowVersion(
        found('version of this workflow', await workflows.getVersion(uuid, version)),
      ),
    ),
  };
};

type Update = ByUuid & {
  changes: UpdateWorkflow;
  assertVersion: AssertVersion;
  principal: Principal;
};

async function update(
  { workflows, secrets }: WorkflowDeps,
  { uuid, changes: input, assertVersion, principal }: Update,
) {
  const current = found('workflow', await workflows.get(uuid));
  const changes = toChanges(current, input);
  const origins = new Map(
    (await secrets.grantedTo(uuid)).map(({ name, allowedOrigins }) => [name, allowedOrigins]),
  );
  const issues = strayUses({ ...current, ...changes }, origins);
  if (issues.length > 0) throw invalid(issues);
  const updated = await workflows.update(uuid, {
    changes,
    changedBy: principal.principalId,
    check(before) {
      assertVersion(String(before.version));
      if (before.version !== current.version)
        throw new AppError('resource.conflict', 'The workflow was changed meanwhile.');
      refuseToLower(principal, before, input);
    },
  });
  const record = found('workflow', updated);
  return { workflow: toWorkflow(record), warnings: obstaclesOf(record) };
}

/** Steps that would send a granted secret to an origin that it does not name. */
function strayUses(
  workflow: Pick<WorkflowRecord, 'definition'> & { base_url?: string | null | undefined },
  origins: ReadonlyMap<string, readonly string[]>,
): Issue[] {
  return usesOfSecrets(definitionOf(workflow), workflow.base_url ?? null).flatMap(
    ({ secret, origin, pointer }) =>
      origins.get(secret)?.includes(origin) === false
        ? [
            {
              pointer,
              message: `would send the secret \`${secret}\` to ${origin}, which it may not`,
            },
          ]
        : [],
  );
}

/** A key of an agent cannot make a workflow that nobody approves. */
function refuseUnwatched({ keyType }: Principal, { approval_mode: mode }: CreateWorkflow): void {
  if (keyType === 'human' || mode === 'always') return;
  throw new AppError(
    'auth.forbidden',
    'Only a key of the type human may make a workflow whose `approval_mode` is not `always`.',
  );
}

/** From the most careful to the least. */
const CAREFUL_MODES: readonly string[] = APPROVAL_MODES;

/** A key of an agent cannot make its own runs less watched. */
function refuseToLower(
  { keyType }: Principal,
  before: WorkflowRecord,
  {
    approval_mode: mode,
    risk_level: risk,
    approvers,
    steps,
    base_url: baseUrl,
    auth,
  }: UpdateWorkflow,
): void {
  if (keyType === 'human') return;
  const isUnwatched = before.approval_mode !== 'always';
  if (isUnwatched && (steps ?? baseUrl ?? auth) !== undefined)
    throw new AppError(
      'auth.forbidden',
      'Only a key of the type human may change what a workflow does whose `approval_mode` is not `always`.',
    );
  if (approvers !== undefined)
    throw new AppError('auth.forbidden', 'Only a key of the type human may change `approvers`.');
  const isLowered =
    (mode !== undefined &&
      CAREFUL_MODES.indexOf(mode) > CAREFUL_MODES.indexOf(before.approval_mode)) ||
    (risk !== undefined && RISK_LEVELS.indexOf(risk) < RISK_LEVELS.indexOf(before.risk_level));
  if (isLowered)
    throw new AppError(
      'auth.forbidden',
      'Only a key of the type human may lower `approval_mode` or `risk_level`.',
    );
}
