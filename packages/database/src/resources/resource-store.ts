import { AppError, type TextSearch } from '@calseta/common';
import { isDeadlock } from '../core/errors.js';
import { orUndefined, refuseDuplicates } from '../core/expected-failures.js';
import { type Database } from '../core/database.js';
import { wholeRows } from '../core/fit-rows.js';
import { type IdWindow, readLargePage } from '../core/large-page.js';
import { type Page, type PageRequest } from '../core/page.js';

export interface ResourceStore<C, U, R> {
  create(input: C): Promise<R>;
  /** Newest first. Only stores with `matching` search by text. */
  list(page: PageRequest, search?: TextSearch): Promise<Page<R>>;
  get(uuid: string): Promise<R | undefined>;
  /** `assertUnchanged` throws when the resource is not the one that the caller saw. */
  update(uuid: string, changes: U, assertUnchanged?: (current: R) => void): Promise<R | undefined>;
  remove(uuid: string): Promise<boolean>;
}

/** The rows of a table, as Prisma reads them. Two types, because its generic `findMany` does not fit overloads of one. */
type Rows<Row> = {
  findUnique(query: { where: { id: string } }): Promise<Row | null>;
  findMany(query: { where: { id: { in: string[] } } }): Promise<Row[]>;
  count(query: { where: object }): Promise<number>;
} & { findMany(query: Omit<IdWindow, 'where'> & { where: object }): Promise<{ id: string }[]> };

/** Queries of one kind of resource. */
export type ResourceQueries<C, U, Row, R> = {
  /** Name in error messages: "detection rule". */
  noun: string;
  toResource(row: Row): R;
  insert(input: C): Promise<Row>;
  table: string;
  rows: Rows<Row>;
  /** Condition on the rows that a text finds. */
  matching?: (search: TextSearch) => object;
  /** With `seenAt`, only while the row was last changed at that time. */
  change(id: string, changes: U, seenAt?: Date): Promise<Row>;
  delete(id: string): Promise<unknown>;
};

/** A store whose resources cannot be changed, or are changed by other means. */
export type FixedResourceStore<C, R> = Omit<ResourceStore<C, never, R>, 'update'>;

/** Builds the common operations: pages, not-found and conflict errors. */
export function createFixedResourceStore<C, Row extends { id: string }, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  queries: Omit<ResourceQueries<C, never, Row, R>, 'change'>,
): FixedResourceStore<C, R> {
  const { noun, toResource, rows, matching = () => ({}) } = queries;
  return {
    create: async (input) =>
      toResource(await refuseDuplicates(`${noun} like it`, queries.insert(input))),

    list: async (page, search = {}) =>
      await readLargePage(database, page, {
        order: 'newest_first',
        rows: wholeRows(queries.table),
        find: async ({ where, ...window }) =>
          await rows.findMany({ where: { AND: [where, matching(search)] }, ...window }),
        read: async (where) => await rows.findMany({ where }),
        count: async () => await rows.count({ where: matching(search) }),
        toResource,
      }),

    async get(uuid) {
      const row = await rows.findUnique({ where: { id: uuid } });
      return row ? toResource(row) : undefined;
    },

    remove: async (uuid) =>
      (await orUndefined(retryDeadlock(() => queries.delete(uuid)))) !== undefined,
  };
}

/** Builds a store whose resources are changed field by field. */
export function createResourceStore<C, U, Row extends { id: string; updatedAt: Date }, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  queries: ResourceQueries<C, U, Row, R>,
): ResourceStore<C, U, R> {
  const { noun, toResource, rows } = queries;
  const find = async (id: string): Promise<Row | null> => await rows.findUnique({ where: { id } });
  return {
    ...createFixedResourceStore(database, queries),
    async update(uuid, changes, assertUnchanged) {
      const seen = assertUnchanged && (await find(uuid));
      if (seen) assertUnchanged(toResource(seen));
      const changing = queries.change(uuid, changes, seen?.updatedAt);
      const row = await orUndefined(refuseDuplicates(`${noun} like it`, changing));
      if (!row && seen && (await find(uuid))) throw changedMeanwhile();
      return row && toResource(row);
    },
  };
}

const changedMeanwhile = (): AppError =>
  new AppError('resource.precondition_failed', 'The resource was changed meanwhile.');

const MAX_TRIES = 3;

/** Postgres chooses the order in which a delete releases rows, so it may deadlock with the pipeline. */
async function retryDeadlock<T>(query: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await query();
    } catch (error) {
      if (!isDeadlock(error) || tries === MAX_TRIES) throw error;
    }
  }
}
