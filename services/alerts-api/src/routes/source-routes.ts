import {
  AppError,
  createSourceSchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  sourceNameSchema,
  sourceSchema,
  testedSourceSchema,
  testSourceSchema,
  updateSourceSchema,
} from '@calseta/common';
import { type SourceSettingsStore } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type TryPayload } from '../try-payload.js';
import { found } from './found.js';
import { replyPage, toPageRequest } from './page.js';

const tags = ['Sources'];
const NOUN = 'source';

export const sourceParamsSchema = z.object({ name: sourceNameSchema });

/** Where alerts come from: whether they arrive, what was wrong with the last bad one, and settings. */
export const sourceRoutes = (sources: SourceSettingsStore, tryPayload: TryPayload): Route[] => [
  defineRoute({
    method: 'GET',
    path: '/v1/sources',
    scope: 'alerts:read',
    asWrittenFor: 'admin',
    summary: 'List sources, by name',
    tags,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(sourceSchema) },
    handler: async ({ query }) => replyPage(await sources.list(toPageRequest(query))),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/sources',
    scope: 'admin',
    asWrittenFor: 'admin',
    summary: 'Create a custom source, read by its field mapping',
    description: 'Ingest knows it within two seconds.',
    tags,
    body: createSourceSchema,
    responses: { 201: dataEnvelope(sourceSchema) },
    errors: ['resource.conflict'],
    handler: async ({ body }) => reply(201, jsonData(await sources.create(body))),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/sources/test',
    scope: 'alerts:read',
    summary: 'Try a payload: what would become of it, without storing anything',
    description: 'To try a draft of a field mapping takes what saving it does.',
    tags,
    body: testSourceSchema,
    fieldScopes: { field_mapping: 'admin' },
    responses: { 200: dataEnvelope(testedSourceSchema) },
    errors: ['source.unknown', 'request.too_large', 'service.unavailable'],
    handler: async ({ body, request }) => {
      const { alerts, alert_count } = await tryPayload(body, request.traceparent);
      return reply(200, jsonData({ alerts: alerts.map(({ reading }) => reading), alert_count }));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/sources/{name}',
    scope: 'alerts:read',
    asWrittenFor: 'admin',
    summary: 'Read a source: is it arriving, and what was wrong with the last bad one?',
    description: 'Counts and times are written every few seconds.',
    tags,
    params: sourceParamsSchema,
    responses: { 200: dataEnvelope(sourceSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params }) =>
      reply(200, jsonData(found(NOUN, await sources.get(params.name)))),
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/sources/{name}',
    scope: 'admin',
    asWrittenFor: 'admin',
    summary: 'Change a source, everywhere within two seconds',
    tags,
    params: sourceParamsSchema,
    body: updateSourceSchema,
    responses: { 200: dataEnvelope(sourceSchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body }) =>
      reply(200, jsonData(found(NOUN, await sources.update(params.name, body)))),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/sources/{name}',
    scope: 'admin',
    summary: 'Delete a custom source with its secrets and URL tokens; its alerts stay',
    tags,
    params: sourceParamsSchema,
    responses: { 204: null },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params }) => {
      if (!(await sources.remove(params.name))) {
        throw new AppError('resource.not_found', `There is no such ${NOUN}.`);
      }
      return reply(204, undefined);
    },
  }),
];
