import {
  type ApiKeyResource,
  type CreateApiKey,
  type PageQuery,
  type RotateApiKey,
  type UpdateApiKey,
} from '@calseta/common';
import { type ApiKeyStore } from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { refusePastExpiry, refuseRaise } from './refuse-raise.js';

export type ApiKeyDeps = {
  apiKeys: Pick<ApiKeyStore, 'create' | 'list' | 'get' | 'update' | 'rotate' | 'revoke'>;
};

type ById = { id: string };
type Change = {
  changes: UpdateApiKey;
  /** Throws when the key is not the one that the caller saw. */
  assertUnchanged?: (current: ApiKeyResource) => void;
};

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
  /** Changes a live key, everywhere within two seconds. A key cannot raise its own rights. */
  update: operation(
    { scope: 'admin', keyType: 'human' },
    async ({ id, changes, assertUnchanged }: ById & Change, { principal }) => {
      refusePastExpiry(changes);
      const assertAllowed = (current: ApiKeyResource) => {
        assertUnchanged?.(current);
        if (id === principal.keyId) refuseRaise(current, changes);
      };
      return found('API key', await apiKeys.update(id, changes, assertAllowed));
    },
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
