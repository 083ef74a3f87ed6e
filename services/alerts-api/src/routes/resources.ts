import {
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  type Scope,
  textSearchSchema,
} from '@calseta/common';
import { defineRoute, etagOf, reply, requireMatch, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type ReadOperations, type ResourceOperations } from '../operations/resources.js';
import { callerOf } from './caller.js';
import { replyNothing, replyPage, uuidParamsSchema } from './replies.js';

/** How the routes of one kind of resource are described. */
export type ResourceDescription = {
  /** `/v1/workflows` */
  path: `/${string}`;
  /** In the singular: `detection rule`. */
  noun: string;
  tag: string;
  /** Keys with this scope get texts as they were written, with hidden characters. */
  asWrittenFor: Scope;
  /** Whether the list takes `q`. */
  isSearched?: boolean;
  /** Whether some come with Calseta, which cannot be deleted. */
  keepsBuiltins?: boolean;
};

type Schemas<C extends z.ZodType, U extends z.ZodType, R extends z.ZodType> = {
  create: C;
  update: U;
  resource: R;
};

export const listRoute = <R extends z.ZodType>(
  { path, noun, tag, asWrittenFor, isSearched = false }: ResourceDescription,
  resource: R,
  list: ReadOperations<z.input<R>>['list'],
): Route =>
  defineRoute({
    ...list.access,
    method: 'GET',
    path,
    operationId: `list${inPascalCase(noun)}s`,
    asWrittenFor,
    summary: `List ${noun}s, newest first`,
    tags: [tag],
    query: isSearched ? pageQuerySchema.extend(textSearchSchema.shape) : pageQuerySchema,
    responses: { 200: listEnvelope(resource) },
    handler: async ({ query, ...input }) => replyPage(await list.run(query, callerOf(input))),
  });

export const getRoute = <R extends z.ZodType>(
  { path, noun, tag, asWrittenFor }: ResourceDescription,
  resource: R,
  get: ReadOperations<z.input<R>>['get'],
): Route =>
  defineRoute({
    ...get.access,
    method: 'GET',
    path: `${path}/{uuid}`,
    operationId: `get${inPascalCase(noun)}`,
    asWrittenFor,
    summary: `Read ${withArticle(noun)}`,
    tags: [tag],
    params: uuidParamsSchema,
    responses: { 200: dataEnvelope(resource) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      const data = await get.run(params, callerOf(input));
      return replyVersioned(data);
    },
  });

/** Refuses a change when `If-Match` names another version of a resource than the current one. */
export const unchangedSince = (ifMatch: string | undefined) =>
  ifMatch !== undefined && {
    assertUnchanged: (current: unknown) => requireMatch(ifMatch, versionOf(current).ETag ?? ''),
  };

export const ifMatchSchema = z.object({
  'If-Match': z.string().optional().describe('An `ETag` of the resource'),
});

/** The `ETag` of a resource that says when it was changed. */
export const versionOf = (data: unknown): { ETag?: string } =>
  typeof data === 'object' && data !== null && 'updated_at' in data
    ? { ETag: etagOf(String(data.updated_at)) }
    : {};

/** Answers with a resource and its `ETag`. */
export const replyVersioned = <T>(data: T) => reply(200, jsonData(data), versionOf(data));

export const readRoutes = <R extends z.ZodType>(
  description: ResourceDescription,
  { resource }: { resource: R },
  { list, get }: ReadOperations<z.input<R>>,
): Route[] => [listRoute(description, resource, list), getRoute(description, resource, get)];

export const deleteRoute = (
  { path, noun, tag, keepsBuiltins = false }: ResourceDescription,
  remove: ResourceOperations<never, never, unknown>['remove'],
): Route =>
  defineRoute({
    ...remove.access,
    method: 'DELETE',
    path: `${path}/{uuid}`,
    operationId: `delete${inPascalCase(noun)}`,
    summary: `Delete ${withArticle(noun)}`,
    ...(keepsBuiltins && { description: 'One that comes with Calseta is switched off instead.' }),
    tags: [tag],
    params: uuidParamsSchema,
    responses: { 204: null },
    errors: ['resource.not_found', ...(keepsBuiltins ? (['resource.conflict'] as const) : [])],
    handler: async ({ params, ...input }) => {
      await remove.run(params, callerOf(input));
      return replyNothing();
    },
  });

const createRoute = <C extends z.ZodType, R extends z.ZodType>(
  { path, noun, tag, asWrittenFor }: ResourceDescription,
  schemas: Pick<Schemas<C, z.ZodType, R>, 'create' | 'resource'>,
  create: ResourceOperations<z.output<C>, never, z.input<R>>['create'],
): Route =>
  defineRoute({
    ...create.access,
    method: 'POST',
    path,
    operationId: `create${inPascalCase(noun)}`,
    asWrittenFor,
    summary: `Create ${withArticle(noun)}`,
    tags: [tag],
    body: schemas.create,
    responses: { 201: dataEnvelope(schemas.resource) },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) =>
      reply(201, jsonData(await create.run(body as z.output<C>, callerOf(input)))),
  });

/** Reading, changing and deleting one kind of resource. */
export const keptRoutes = <U extends z.ZodType, R extends z.ZodType>(
  description: ResourceDescription,
  schemas: Pick<Schemas<z.ZodType, U, R>, 'update' | 'resource'>,
  operations: Omit<ResourceOperations<never, z.output<U>, z.input<R>>, 'create'>,
): Route[] => {
  const { path, noun, tag, asWrittenFor } = description;
  const { update } = operations;
  return [
    ...readRoutes(description, schemas, operations),
    defineRoute({
      ...update.access,
      method: 'PATCH',
      path: `${path}/{uuid}`,
      operationId: `update${inPascalCase(noun)}`,
      asWrittenFor,
      summary: `Change ${withArticle(noun)}`,
      description: 'Honours `If-Match`.',
      tags: [tag],
      params: uuidParamsSchema,
      headers: ifMatchSchema,
      body: schemas.update,
      responses: { 200: dataEnvelope(schemas.resource) },
      errors: ['resource.not_found', 'resource.conflict', 'resource.precondition_failed'],
      handler: async ({ params, body, ...input }) => {
        const data = await update.run(
          {
            ...params,
            changes: body as z.output<U>,
            ...unchangedSince(input.request.headers['if-match']),
          },
          callerOf(input),
        );
        return replyVersioned(data);
      },
    }),
    deleteRoute(description, operations.remove),
  ];
};

/** All five routes of one kind of resource. */
export const resourceRoutes = <C extends z.ZodType, U extends z.ZodType, R extends z.ZodType>(
  description: ResourceDescription,
  schemas: Schemas<C, U, R>,
  operations: ResourceOperations<z.output<C>, z.output<U>, z.input<R>>,
): Route[] => [
  createRoute(description, schemas, operations.create),
  ...keptRoutes(description, schemas, operations),
];

export const withArticle = (noun: string): string =>
  `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

/** `detection rule` becomes `DetectionRule`. */
export const inPascalCase = (noun: string): string =>
  noun.replaceAll(/(?:^| )(\w)/g, (_, letter: string) => letter.toUpperCase());
