import {
  AppError,
  createdHmacSecretSchema,
  createdUrlTokenSchema,
  createHmacSecretSchema,
  createUrlTokenSchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  urlTokenSchema,
} from '@calseta/common';
import { type ApiKeyStore, type SourceSettingsStore } from '@calseta/database';
import {
  type Cipher,
  defineRoute,
  generateSigningSecret,
  reply,
  type Route,
} from '@calseta/platform';
import { z } from 'zod';
import { found } from './found.js';
import { toPageRequest, replyPage } from './page.js';
import { sourceParamsSchema } from './source-routes.js';

export type SourceAccessRoutesDeps = {
  sources: Pick<SourceSettingsStore, 'get' | 'addHmacSecret' | 'removeHmacSecret'>;
  apiKeys: Pick<ApiKeyStore, 'create' | 'list' | 'revoke'>;
  cipher: Pick<Cipher, 'encrypt'>;
};

const tags = ['Sources'];
const itemParamsSchema = sourceParamsSchema.extend({ id: z.string().min(1).max(64) });

/** How senders prove themselves where an Authorization header is not enough, or not possible. */
export function sourceAccessRoutes({ sources, apiKeys, cipher }: SourceAccessRoutesDeps): Route[] {
  const assertExists = async (name: string) => found('source', await sources.get(name)).name;

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/sources/{name}/url-tokens',
      scope: 'admin',
      keyType: 'human',
      summary: 'Make a URL token: for senders that cannot set a header',
      description: 'It can ingest for this source and nothing else. The answer shows it once.',
      tags,
      params: sourceParamsSchema,
      body: createUrlTokenSchema,
      bodyOptional: true,
      responses: { 201: dataEnvelope(createdUrlTokenSchema) },
      errors: ['resource.not_found', 'resource.conflict'],
      handler: async ({ params, body, principal }) => {
        const name = await assertExists(params.name);
        const { key: token, ...created } = await apiKeys.create(
          { ...body, key_type: 'agent', scopes: ['alerts:ingest'], allowed_sources: [name] },
          { createdBy: principal.principalId, urlTokenSource: name },
        );
        const url_path = `/v1/ingest/${name}/${token}`;
        return reply(201, jsonData({ ...created, token, url_path }));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/sources/{name}/url-tokens',
      scope: 'admin',
      summary: 'List the URL tokens of a source, newest first',
      tags,
      params: sourceParamsSchema,
      query: pageQuerySchema,
      responses: { 200: listEnvelope(urlTokenSchema) },
      errors: ['resource.not_found'],
      handler: async ({ params, query }) =>
        replyPage(await apiKeys.list(toPageRequest(query), await assertExists(params.name))),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/sources/{name}/url-tokens/{id}',
      scope: 'admin',
      summary: 'Revoke a URL token, everywhere within two seconds',
      tags,
      params: itemParamsSchema,
      responses: { 204: null },
      errors: ['resource.not_found'],
      handler: async ({ params }) => {
        if (!(await apiKeys.revoke(params.id, params.name))) throw missing('URL token');
        return reply(204, undefined);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/sources/{name}/hmac-secrets',
      scope: 'admin',
      summary: 'Demand signatures: add an HMAC secret',
      description:
        'From now on every request of the source has to be signed by one of its secrets: ' +
        '`X-Calseta-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, or the headers of ' +
        'Standard Webhooks when the secret is a `whsec_` one. A secret that is made here is shown once.',
      tags,
      params: sourceParamsSchema,
      body: createHmacSecretSchema,
      bodyOptional: true,
      responses: { 201: dataEnvelope(createdHmacSecretSchema) },
      errors: ['resource.not_found', 'resource.conflict'],
      handler: async ({ params, body }) => {
        const made = body.secret === undefined ? generateSigningSecret() : undefined;
        const encrypted = cipher.encrypt(made ?? body.secret ?? '');
        const added = found('source', await sources.addHmacSecret(params.name, encrypted));
        return reply(201, jsonData({ ...added, ...(made !== undefined && { secret: made }) }));
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/sources/{name}/hmac-secrets/{id}',
      scope: 'admin',
      summary: 'Remove an HMAC secret; without any, signatures are not asked for',
      tags,
      params: itemParamsSchema,
      responses: { 204: null },
      errors: ['resource.not_found'],
      handler: async ({ params }) => {
        if (!(await sources.removeHmacSecret(params.name, params.id))) throw missing('HMAC secret');
        return reply(204, undefined);
      },
    }),
  ];
}

const missing = (noun: string) => new AppError('resource.not_found', `There is no such ${noun}.`);
