import {
  type CreateSecret,
  type Issue,
  type PageQuery,
  type SecretResource,
  type UpdateSecret,
} from '@calseta/common';
import { type SecretStore, type WorkflowStore } from '@calseta/database';
import { usesOfSecrets } from '@calseta/http-steps';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { definitionOf } from '../workflows/workflow-shape.js';

export type SecretDeps = { secrets: SecretStore; workflows: Pick<WorkflowStore, 'get'> };

export type SecretOperations = ReturnType<typeof secretOperations>;

type ByName = { name: string };

const ACCESS = { scope: 'secrets:write' } as const;

/** Named secrets of workflows; their values are written, and never read. */
export const secretOperations = ({ secrets, workflows }: SecretDeps) => {
  const warned = async (secret: SecretResource) => ({
    secret,
    warnings: await strayUses(workflows, secret),
  });
  return {
    create: operation(
      ACCESS,
      async (input: CreateSecret, { principal }) =>
        await warned(await secrets.create({ ...input, created_by: principal.principalId })),
    ),
    list: operation(ACCESS, async (query: PageQuery) => await secrets.list(toPageRequest(query))),
    get: operation(ACCESS, async ({ name }: ByName) => found('secret', await secrets.get(name))),
    update: operation(
      ACCESS,
      async ({ name, changes }: ByName & { changes: UpdateSecret }) =>
        await warned(found('secret', await secrets.update(name, changes))),
    ),
    remove: operation(ACCESS, async ({ name }: ByName) => {
      found('secret', (await secrets.remove(name)) || undefined);
    }),
  };
};

/** Workflows that would send the secret to an origin that it does not name: those runs end before it is sent. */
async function strayUses(
  workflows: Pick<WorkflowStore, 'get'>,
  { name, allowed_origins: allowed, workflow_uuids: uuids }: SecretResource,
): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const uuid of uuids) {
    const workflow = await workflows.get(uuid);
    if (!workflow) continue;
    const stray = usesOfSecrets(definitionOf(workflow), workflow.base_url).filter(
      ({ secret, origin }) => secret === name && !allowed.includes(origin),
    );
    for (const origin of new Set(stray.map((use) => use.origin)))
      issues.push({
        pointer: '/allowed_origins',
        message: `the workflow ${uuid} would send it to ${origin}: its runs fail`,
      });
  }
  return issues;
}
