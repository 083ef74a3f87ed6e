import {
  AppError,
  type CreateSecret,
  formatTimestamp,
  type SecretResource,
  type UpdateSecret,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { isForeignKeyViolation } from '../core/errors.js';
import { orUndefined, refuseDuplicates } from '../core/expected-failures.js';
import { childBytes } from '../core/fit-rows.js';
import { readNamedPage } from '../core/name-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import { type Secret, type SecretGrant } from '../generated/client.js';

/** A secret as steps use it. */
export type GrantedSecret = { name: string; valueEncrypted: string; allowedOrigins: string[] };

/** `created_by`: principal. */
export type NewSecret = CreateSecret & { created_by: string };

export interface SecretStore {
  create(secret: NewSecret): Promise<SecretResource>;
  /** By name. */
  list(page: PageRequest): Promise<Page<SecretResource>>;
  get(name: string): Promise<SecretResource | undefined>;
  update(name: string, changes: UpdateSecret): Promise<SecretResource | undefined>;
  remove(name: string): Promise<boolean>;
  /** The secrets that the workflow may use. */
  grantedTo(workflowId: string): Promise<GrantedSecret[]>;
}

const SECRETS = {
  table: 'secrets',
  bytes: `octet_length(r::text) + ${childBytes('secret_grants', 'secret_name', 'name')}`,
  keyType: 'text',
} as const;

/** Named secrets of workflows, encrypted. */
export function createSecretStore(
  { prisma, query, readLarge }: Pick<Database, 'prisma' | 'query' | 'readLarge'>,
  encrypt: (plaintext: string) => string,
): SecretStore {
  return {
    async create({ name, value, allowed_origins, workflow_uuids, created_by }) {
      const row = await explained(
        prisma.secret.create({
          data: {
            name,
            valueEncrypted: encrypt(value),
            allowedOrigins: distinct(allowed_origins),
            createdBy: created_by,
            grants: { create: grantsOf(workflow_uuids) },
          },
          include: { grants: true },
        }),
      );
      return toSecret(row);
    },
    list: async (page) =>
      await readNamedPage({ query, readLarge }, page, {
        rows: SECRETS,
        positionSchema: z.string(),
        find: async (window) => await prisma.secret.findMany(window),
        read: async (among) =>
          await prisma.secret.findMany({ ...among, include: { grants: true } }),
        count: async () => await prisma.secret.count(),
        toResource: toSecret,
      }),
    async get(name) {
      const row = await prisma.secret.findUnique({ where: { name }, include: { grants: true } });
      return row ? toSecret(row) : undefined;
    },
    update: async (name, changes) => await change(prisma, encrypt, name, changes),
    async remove(name) {
      return (await orUndefined(prisma.secret.delete({ where: { name } }))) !== undefined;
    },
    grantedTo: async (workflowId) =>
      await prisma.secret.findMany({
        where: { grants: { some: { workflowId } } },
        select: { name: true, valueEncrypted: true, allowedOrigins: true },
      }),
  };
}

type Granted = Secret & { grants: SecretGrant[] };

async function change(
  prisma: Database['prisma'],
  encrypt: (plaintext: string) => string,
  name: string,
  { value, allowed_origins: origins, workflow_uuids: workflows }: UpdateSecret,
): Promise<SecretResource | undefined> {
  return await prisma.$transaction(async (tx) => {
    const [before] = await tx.$queryRaw<{ allowed_origins: string[] }[]>`
      SELECT allowed_origins FROM secrets WHERE name = ${name} FOR UPDATE`;
    if (!before) return undefined;
    if (value === undefined) refuseNewOrigins(before.allowed_origins, origins);
    const row = await explained(
      tx.secret.update({
        where: { name },
        data: {
          ...defined({
            valueEncrypted: value === undefined ? undefined : encrypt(value),
            allowedOrigins: origins && distinct(origins),
          }),
          ...(workflows && { grants: { deleteMany: {}, create: grantsOf(workflows) } }),
        },
        include: { grants: true },
      }),
    );
    return toSecret(row);
  });
}

/** Whoever may change a secret, and does not know it, cannot have it sent to a place of their own. */
function refuseNewOrigins(known: readonly string[], given: readonly string[] = []): void {
  const issues = given.flatMap((origin, index) =>
    known.includes(origin)
      ? []
      : [{ pointer: `/allowed_origins/${index}`, message: 'a new origin needs the `value`' }],
  );
  if (issues.length > 0)
    throw new AppError('request.invalid', 'A secret does not follow to another origin.', {
      issues,
    });
}

async function explained<T>(query: Promise<T>): Promise<T> {
  try {
    return await refuseDuplicates('secret of this name', query);
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw new AppError('request.invalid', 'The secret is granted to a workflow that is unknown.', {
      cause: error,
      issues: [{ pointer: '/workflow_uuids', message: 'names an unknown workflow' }],
    });
  }
}

const grantsOf = (workflowIds: readonly string[]) =>
  distinct(workflowIds).map((workflowId) => ({ workflowId }));

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

const toSecret = (row: Granted): SecretResource => ({
  name: row.name,
  allowed_origins: row.allowedOrigins,
  workflow_uuids: row.grants.map(({ workflowId }) => workflowId).sort(),
  created_by: row.createdBy,
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});
