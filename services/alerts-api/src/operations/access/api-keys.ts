import { type CreateApiKey, type PageQuery, type RotateApiKey } from '@calseta/common';
import { type ApiKeyStore } from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';

export type ApiKeyDeps = {
  apiKeys: Pick<ApiKeyStore, 'create' | 'list' | 'get' | 'rotate' | 'revoke'>;
};

type ById = { id: string };

export type ApiKeyOperations = ReturnType<typeof apiKeyOperations>;

/** API keys. Only `admin` reads them, and only keys of people create them. */
export const apiKeyOperations = ({ apiKeys }: ApiKeyDeps) => ({
  /** The outcome contains the key, which is shown only here. */
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
  /** Replaces a live key by a new one with the same rights. The outcome contains the new key. */
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
