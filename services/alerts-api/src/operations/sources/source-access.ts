import {
  type ApiKeyResource,
  AppError,
  assertSubscribeUrl,
  REQUESTS,
  type CreateHmacSecret,
  type CreateUrlToken,
  type PageQuery,
  type UrlToken,
  urlTokenSchema,
} from '@calseta/common';
import {
  type ApiKeyStore,
  type SourceSettingsStore,
  type SubscriptionStore,
} from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import { type RecordingDeps } from '../access/audit.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByName } from './sources.js';

export type SourceAccessDeps = RecordingDeps & {
  sources: Pick<SourceSettingsStore, 'get' | 'addHmacSecret' | 'removeHmacSecret'>;
  apiKeys: Pick<ApiKeyStore, 'create' | 'list' | 'revoke'>;
  subscriptions: Pick<SubscriptionStore, 'get' | 'settle'>;
  transport: Pick<PipelineTransport, 'request'>;
  encrypt: (plaintext: string) => string;
  generateSigningSecret: () => string;
};

export type SourceAccessOperations = ReturnType<typeof sourceAccessOperations>;

/** Authentication of senders for which an Authorization header is not enough, or not possible. */
export const sourceAccessOperations = (deps: SourceAccessDeps) => ({
  ...urlTokensOf(deps),
  ...hmacSecretsOf(deps),
  ...subscriptionsOf(deps),
});

const urlTokensOf = ({ sources, apiKeys }: SourceAccessDeps) => {
  const assertExists = async (name: string) => {
    found('source', await sources.get(name));
  };
  return {
    /** The outcome contains the token, which is shown only here. */
    createUrlToken: operation(
      { scope: 'admin', keyType: 'human' },
      async ({ name, input }: ByName & { input: CreateUrlToken }, { principal }) => {
        await assertExists(name);
        const { key: token, ...created } = await apiKeys.create(
          {
            ...input,
            key_type: 'agent',
            scopes: ['alerts:ingest'],
            allowed_sources: [name],
          },
          { createdBy: principal.principalId, urlTokenSource: name },
        );
        return { ...toUrlToken(created), token, url_path: `/v1/ingest/${name}/${token}` };
      },
    ),
    listUrlTokens: operation({ scope: 'admin' }, async ({ name, ...query }: ByName & PageQuery) => {
      await assertExists(name);
      const page = await apiKeys.list(toPageRequest(query), name);
      return { ...page, items: page.items.map(toUrlToken) };
    }),
    revokeUrlToken: operation({ scope: 'admin' }, async ({ name, id }: ByName & { id: string }) => {
      found('URL token', (await apiKeys.revoke(id, name)) || undefined);
    }),
  };
};

/** A URL token is a key; its scopes and sources are the same for all of them. */
const toUrlToken = (key: ApiKeyResource): UrlToken => urlTokenSchema.parse(key);

const hmacSecretsOf = ({ sources, encrypt, generateSigningSecret }: SourceAccessDeps) => ({
  /** The outcome contains a generated secret, which is shown only here. */
  addHmacSecret: operation(
    { scope: 'admin' },
    async ({ name, input }: ByName & { input: CreateHmacSecret }) => {
      const made = input.secret === undefined ? generateSigningSecret() : undefined;
      const encrypted = encrypt(made ?? input.secret ?? '');
      const added = found('source', await sources.addHmacSecret(name, encrypted));
      return { ...added, ...(made !== undefined && { secret: made }) };
    },
  ),
  removeHmacSecret: operation({ scope: 'admin' }, async ({ name, id }: ByName & { id: string }) => {
    found('HMAC secret', (await sources.removeHmacSecret(name, id)) || undefined);
  }),
});

const subscriptionsOf = ({ subscriptions, transport, audit }: SourceAccessDeps) => ({
  /** The dispatcher opens the URL of the subscription request; no other code opens it. */
  confirmSubscription: operation(
    { scope: 'admin' },
    async ({ name, id }: ByName & { id: string }, { principal, traceparent }) => {
      const requested = found('subscription request', await subscriptions.get(name, id));
      assertSubscribeUrl(requested);
      const { topic_arn, subscribe_url } = requested;
      // Without the URL, which carries a token.
      await audit.record({
        ...{ verb: 'subscription_confirm_requested', resourceType: 'source', resourceId: name },
        detail: { id, topic_arn },
      });
      const { error } = await transport.request(
        REQUESTS.confirmSubscription,
        { topic_arn, subscribe_url },
        { traceparent },
      );
      const outcome = { by: principal.keyId, at: new Date(), error };
      const settled = found('subscription request', await subscriptions.settle(name, id, outcome));
      if (error === undefined) return settled;
      throw new AppError('resource.conflict', `The subscription is not confirmed: ${error}`);
    },
  ),
});
