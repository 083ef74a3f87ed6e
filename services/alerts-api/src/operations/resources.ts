import { type PageQuery, type Scope, type TextSearch } from '@calseta/common';
import { type Page, type ResourceStore } from '@calseta/database';
import { found } from './found.js';
import { operation, type Operation } from './operation.js';
import { toPageRequest } from './page.js';

export type ByUuid = { uuid: string };

export type ReadOperations<R> = {
  list: Operation<PageQuery & TextSearch, Page<R>>;
  get: Operation<ByUuid, R>;
};

export type VersionOperations<S, V> = {
  listVersions: Operation<ByUuid & PageQuery, Page<S>>;
  getVersion: Operation<ByUuid & { version: number }, V>;
};

export type ResourceOperations<C, U, R> = ReadOperations<R> & {
  create: Operation<C, R>;
  update: Operation<ByUuid & { changes: U; assertUnchanged?: (current: R) => void }, R>;
  remove: Operation<ByUuid, void>;
};

/** One kind of resource that is created, listed, read, changed and deleted. */
type Kind<S> = { noun: string; scopes: { read: Scope; write: Scope }; store: S };

export const readOperations = <R>({
  noun,
  scopes,
  store,
}: Kind<Pick<ResourceStore<never, never, R>, 'list' | 'get'>>): ReadOperations<R> => ({
  list: operation(
    { scope: scopes.read },
    async ({ q, ...query }: PageQuery & TextSearch) =>
      await store.list(toPageRequest(query), { q }),
  ),
  get: operation({ scope: scopes.read }, async ({ uuid }) => found(noun, await store.get(uuid))),
});

export const removeOperation = ({
  noun,
  scopes,
  store,
}: Kind<Pick<ResourceStore<never, never, unknown>, 'remove'>>): Operation<ByUuid, void> =>
  operation({ scope: scopes.write }, async ({ uuid }) => {
    found(noun, (await store.remove(uuid)) || undefined);
  });

/** All five operations on resources of one kind. */
export const resourceOperations = <C, U, R>(
  kind: Kind<ResourceStore<C, U, R>>,
): ResourceOperations<C, U, R> => {
  const { noun, scopes, store } = kind;
  return {
    ...readOperations(kind),
    create: operation({ scope: scopes.write }, async (input) => await store.create(input)),
    update: operation({ scope: scopes.write }, async ({ uuid, changes, assertUnchanged }) =>
      found(noun, await store.update(uuid, changes, assertUnchanged)),
    ),
    remove: removeOperation(kind),
  };
};
