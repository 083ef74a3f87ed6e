import { dataEnvelope, meSchema, VERSION } from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { replyData } from '../replies.js';

export const meRoute = (): Route =>
  defineRoute({
    scope: 'any',
    method: 'GET',
    path: '/v1/me',
    operationId: 'getMe',
    summary: 'Say which key this is, and what it may do',
    tags: ['API keys'],
    responses: { 200: dataEnvelope(meSchema) },
    handler: async ({ principal }) =>
      await Promise.resolve(
        replyData({
          key_id: principal.keyId,
          name: principal.name,
          key_type: principal.keyType,
          principal: principal.principalId,
          scopes: [...principal.scopes],
          allowed_sources: principal.allowedSources && [...principal.allowedSources],
          ...(principal.agentId !== null && { agent_uuid: principal.agentId }),
          is_shadow: principal.isShadow,
          server_version: VERSION,
        }),
      ),
  });
