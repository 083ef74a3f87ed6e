import { type CreateApiKey, type PageQuery, type RotateApiKey } from '@calseta/common';
import { type ApiKeyStore } from '@calseta/database';
import { found } from './found.js';
import { operation } from './operation.js';
import { toPageRequest } from './page.js';

export type ApiKeyDeps = {
  apiKeys: Pick<ApiKeyStore, 'create' | 'list' | 'get' | 'rotate' | 'revoke'>;
};

type ById = { id: string };

export type ApiKeyOperations = ReturnType<typeof apiKeyOperations>;

/** API keys: who may do what. Only `admin` sees them, and only people make them. */
export const apiKeyOperations = ({ apiKeys }: ApiKeyDeps) => ({
  /** The outcome holds the key, which is told only here. */
  create: operation(
    { scope: 'admin', keyType: 'human' },
    async (input: CreateApiKey, { principal }) =>
      await apiKeys.create(input, { createdBy: principal.principalId }),
  ),
  list: operation(
    { scope: 'admin' },
    async (query: PageQuery) => await apiKeys.list(toPageRequest(query)),
  ),
  get: operation({ scope: 'admin' }, async ({ id }: ById) =>
    found('API key', await apiKeys.get(id)),
  ),
  /** Makes a new key with the rights of a live one, which ends. The outcome holds the new one. */
  rotate: operation(
    { scope: 'admin', keyType: 'human' },
    async ({ id, input }: ById & { input: RotateApiKey }, { principal }) =>
      found(
        'live API key',
        await apiKeys.rotate(id, {
          overlapSeconds: input.overlap_seconds,
          createdBy: principal.principalId,
        }),
      ),
  ),
  revoke: operation({ scope: 'admin' }, async ({ id }: ById) => {
    found('API key', (await apiKeys.revoke(id)) || undefined);
  }),
});
