import {
  AppError,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  type Scope,
} from '@calseta/common';
import { type ResourceStore } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type z } from 'zod';
import { found, uuidParamsSchema } from './found.js';
import { replyPage, toPageRequest } from './page.js';

/** What it takes to list, read and delete resources of one kind. */
type ReadableDescription<R extends z.ZodType> = {
  /** `/v1/workflows` */
  path: `/${string}`;
  noun: string;
  tag: string;
  scopes: { read: Scope; write: Scope };
  schemas: { resource: R };
  store: Pick<ResourceStore<never, never, z.input<R>>, 'list' | 'get' | 'remove'>;
};

/** One kind of resource that is created, listed, read, changed and deleted over the API. */
export type ResourceDescription<
  C extends z.ZodType,
  U extends z.ZodType,
  R extends z.ZodType,
> = Omit<ReadableDescription<R>, 'schemas' | 'store'> & {
  schemas: { create: C; update: U; resource: R };
  store: ResourceStore<z.output<C>, z.output<U>, z.input<R>>;
};

/** The routes to list and read resources of one kind. */
export function readRoutes<R extends z.ZodType>(description: ReadableDescription<R>): Route[] {
  const { path, noun, scopes, schemas, store } = description;
  const itemPath = `${path}/{uuid}` as const;
  const tags = [description.tag];
  return [
    defineRoute({
      method: 'GET',
      path,
      scope: scopes.read,
      asWrittenFor: scopes.write,
      summary: `List ${noun}s, newest first`,
      tags,
      query: pageQuerySchema,
      responses: { 200: listEnvelope(schemas.resource) },
      handler: async ({ query }) => replyPage(await store.list(toPageRequest(query))),
    }),
    defineRoute({
      method: 'GET',
      path: itemPath,
      scope: scopes.read,
      asWrittenFor: scopes.write,
      summary: `Read ${withArticle(noun)}`,
      tags,
      params: uuidParamsSchema,
      responses: { 200: dataEnvelope(schemas.resource) },
      errors: ['resource.not_found'],
      handler: async ({ params }) =>
        reply(200, jsonData(found(noun, await store.get(params.uuid)))),
    }),
  ];
}

/** The route to delete a resource of one kind. */
export function deleteRoute<R extends z.ZodType>(description: ReadableDescription<R>): Route {
  const { path, noun, scopes, store } = description;
  return defineRoute({
    method: 'DELETE',
    path: `${path}/{uuid}`,
    scope: scopes.write,
    summary: `Delete ${withArticle(noun)}`,
    tags: [description.tag],
    params: uuidParamsSchema,
    responses: { 204: null },
    errors: ['resource.not_found'],
    handler: async ({ params }) => {
      if (!(await store.remove(params.uuid))) {
        throw new AppError('resource.not_found', `There is no such ${noun}.`);
      }
      return reply(204, undefined);
    },
  });
}

/** All five routes of one kind of resource. */
export function resourceRoutes<C extends z.ZodType, U extends z.ZodType, R extends z.ZodType>(
  description: ResourceDescription<C, U, R>,
): Route[] {
  const { path, noun, scopes, schemas, store } = description;
  const tags = [description.tag];
  return [
    defineRoute({
      method: 'POST',
      path,
      scope: scopes.write,
      asWrittenFor: scopes.write,
      summary: `Create ${withArticle(noun)}`,
      tags,
      body: schemas.create,
      responses: { 201: dataEnvelope(schemas.resource) },
      errors: ['resource.conflict'],
      handler: async ({ body }) => reply(201, jsonData(await store.create(body as z.output<C>))),
    }),
    ...readRoutes(description),
    defineRoute({
      method: 'PATCH',
      path: `${path}/{uuid}`,
      scope: scopes.write,
      asWrittenFor: scopes.write,
      summary: `Change ${withArticle(noun)}`,
      tags,
      params: uuidParamsSchema,
      body: schemas.update,
      responses: { 200: dataEnvelope(schemas.resource) },
      errors: ['resource.not_found', 'resource.conflict'],
      handler: async ({ params, body }) =>
        reply(200, jsonData(found(noun, await store.update(params.uuid, body as z.output<U>)))),
    }),
    deleteRoute(description),
  ];
}

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
