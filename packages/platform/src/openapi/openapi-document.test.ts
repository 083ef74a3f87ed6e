import { describe, expect, test } from '@jest/globals';
import {
  dataEnvelope,
  ERROR_CODES,
  jsonData,
  listEnvelope,
  pageQuerySchema,
} from '@calseta/common';
import { z } from 'zod';
import { defineRoute } from '../http/routes/define-route.js';
import { reply } from '../http/answers/reply.js';
import { openApiDocument } from './openapi-document.js';

const thingSchema = z
  .object({ id: z.string(), level: z.int().default(1) })
  .meta({ id: 'Thing', description: 'A thing.' });

const routes = [
  defineRoute({
    method: 'GET',
    path: '/v1/things',
    operationId: 'listThings',
    scope: 'agents:read',
    summary: 'List things',
    tags: ['things'],
    query: pageQuerySchema.extend({ kind: z.enum(['a', 'b']).optional() }),
    responses: { 200: listEnvelope(thingSchema) },
    handler: async () =>
      await Promise.resolve(reply(200, { data: [], meta: { next_cursor: null } })),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/things/{uuid}',
    operationId: 'makeThing',
    scope: 'agents:write',
    summary: 'Make a thing',
    tags: ['things'],
    params: z.object({ uuid: z.uuid() }),
    body: thingSchema,
    errors: ['resource.not_found'],
    responses: { 201: dataEnvelope(thingSchema) },
    handler: async ({ body }) => await Promise.resolve(reply(201, jsonData(body))),
  }),
];

const options = {
  routes,
  info: { title: 'Tester', version: '1.0.0', description: 'For tests.' },
  webhooks: {
    'thing.made': {
      operationId: 'thingMade',
      summary: 'A thing was made',
      payload: thingSchema,
      headers: { 'webhook-id': 'Stable.' },
    },
  },
};

type Node = Record<string, never>;
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Node | undefined)?.[key], value);

describe('openApiDocument', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument(options))) as unknown;
  const list = at(document, 'paths', '/v1/things', 'get');
  const make = at(document, 'paths', '/v1/things/{uuid}', 'post');

  test('is OpenAPI 3.1 with the operation ids of the routes', () => {
    expect(at(document, 'openapi')).toBe('3.1.0');
    expect([at(list, 'operationId'), at(make, 'operationId')]).toEqual(['listThings', 'makeThing']);
  });

  test('describes parameters with their bounds', () => {
    expect(at(list, 'parameters')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'page_size',
          in: 'query',
          required: false,
          schema: expect.objectContaining({ minimum: 1, maximum: 500, default: 50 }),
        }),
        expect.objectContaining({ name: 'kind', schema: { type: 'string', enum: ['a', 'b'] } }),
      ]),
    );
    expect(at(make, 'parameters')).toEqual([
      expect.objectContaining({ name: 'uuid', in: 'path', required: true }),
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header' }),
    ]);
  });

  test('names shared schemas once for each direction in which they differ', () => {
    expect(
      at(
        list,
        'responses',
        '200',
        'content',
        'application/json',
        'schema',
        'properties',
        'data',
        'items',
      ),
    ).toEqual({ $ref: '#/components/schemas/Thing' });
    expect(at(make, 'requestBody', 'content', 'application/json', 'schema')).toEqual({
      $ref: '#/components/schemas/ThingInput',
    });
    expect(at(document, 'components', 'schemas', 'ThingInput', 'required')).toEqual(['id']);
    expect(at(document, 'components', 'schemas', 'Thing', 'required')).toEqual(['id', 'level']);
  });

  test.each(['schemas', 'responses'])('%s are those that something refers to', (kind) => {
    const names = Object.keys(at(document, 'components', kind) as object);
    const pattern = new RegExp(`"\\$ref":"#/components/${kind}/([^"]*)"`, 'g');
    const references = [...JSON.stringify(document).matchAll(pattern)].map(([, name]) => name);
    expect(new Set(references)).toEqual(new Set(names));
  });

  test('shows the examples and tags that it is given', () => {
    const request = { plain: { value: { id: 'a' } } };
    const answers = { 201: { made: { value: { data: { id: 'a', level: 1 }, meta: {} } } } };
    const shown = openApiDocument({
      ...options,
      tags: { things: 'Things, and what they are for.' },
      examples: { makeThing: { request, answers } },
    });
    const operation = at(shown, 'paths', '/v1/things/{uuid}', 'post');
    expect(at(operation, 'requestBody', 'content', 'application/json', 'examples')).toBe(request);
    expect(at(operation, 'responses', '201', 'content', 'application/json', 'examples')).toBe(
      answers[201],
    );
    expect(at(shown, 'tags')).toEqual([
      { name: 'things', description: 'Things, and what they are for.' },
    ]);
  });

  test('describes a route that takes other bodies, headers, and a key in its path', () => {
    const [, make] = routes;
    const shown = openApiDocument({
      ...options,
      routes: [
        {
          ...make!,
          body: undefined,
          bodies: { 'text/csv': { schema: z.string(), examples: { one: { value: 'a,b' } } } },
          headers: z.object({ 'If-Match': z.string().optional() }),
          isKeyInPath: true,
        },
      ],
    });
    const operation = at(shown, 'paths', '/v1/things/{uuid}', 'post');
    expect(at(operation, 'security')).toEqual([]);
    expect(at(operation, 'x-scope')).toBe('agents:write');
    expect(at(operation, 'requestBody', 'content')).toEqual({
      'text/csv': { schema: { type: 'string' }, examples: { one: { value: 'a,b' } } },
    });
    expect(at(operation, 'parameters')).toContainEqual({
      name: 'If-Match',
      in: 'header',
      required: false,
      schema: { type: 'string' },
    });
  });

  test('documents every code that a route can answer with', () => {
    expect(Object.keys(at(make, 'responses') as object)).toEqual([
      '201',
      '400',
      '401',
      '403',
      '404',
      '408',
      '409',
      '413',
      '415',
      '422',
      '429',
      '431',
      '500',
      '503',
    ]);
    expect(Object.keys(at(list, 'responses') as object)).toEqual([
      '200',
      '400',
      '401',
      '403',
      '408',
      '413',
      '422',
      '429',
      '431',
      '500',
      '503',
    ]);
    expect(at(make, 'responses', '404')).toEqual({
      $ref: '#/components/responses/resource.not_found',
    });
    expect(at(document, 'components', 'responses', 'resource.not_found', 'content')).toEqual({
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: {
          'resource.not_found': {
            value: expect.objectContaining({ status: 404, code: 'resource.not_found' }),
          },
        },
      },
    });
    expect(Object.keys(at(document, 'x-error-codes') as object)).toEqual(Object.keys(ERROR_CODES));
  });

  test('describes webhooks', () => {
    expect(
      at(
        document,
        'webhooks',
        'thing.made',
        'post',
        'requestBody',
        'content',
        'application/json',
        'schema',
      ),
    ).toEqual({ $ref: '#/components/schemas/Thing' });
  });

  test('needs an id for a schema that refers to itself', () => {
    const tree: z.ZodType = z.lazy(() => z.object({ branches: z.array(tree) }));
    const route = defineRoute({
      method: 'GET',
      path: '/v1/trees',
      operationId: 'listTrees',
      scope: null,
      summary: 'List trees',
      tags: ['things'],
      responses: { 200: dataEnvelope(tree) },
      handler: async () => await Promise.resolve(reply(200, jsonData(null))),
    });
    const documented = () => openApiDocument({ ...options, routes: [route] });
    expect(documented).toThrow('A schema that refers to itself needs an id.');
    z.globalRegistry.add(tree, { id: 'Tree' });
    expect(at(documented(), 'components', 'schemas', 'Tree')).toMatchObject({
      properties: { branches: { items: { $ref: '#/components/schemas/Tree' } } },
    });
  });
});
