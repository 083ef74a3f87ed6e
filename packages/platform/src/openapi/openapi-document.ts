import { ERROR_CODES, type ErrorCode, PROBLEM_MEDIA_TYPE, problemSchema } from '@calseta/common';
import { type z } from 'zod';
import { type Route } from '../http/routes/define-route.js';
import { ERROR_STATUS } from '../http/answers/problem.js';
import { createSchemaRegistry, type JsonSchema, type SchemaRegistry } from './schema-registry.js';

/** A push of ours that others receive. */
export type WebhookDeclaration = {
  summary: string;
  description?: string;
  payload: z.ZodType;
  /** Header names with what they hold. */
  headers?: Record<string, string>;
};

export type OpenApiOptions = {
  routes: readonly Route[];
  webhooks?: Record<string, WebhookDeclaration>;
  info: { title: string; version: string; description?: string };
};

/** The OpenAPI 3.1 document of the routes, from the schemas that validate them. */
export function openApiDocument({ routes, webhooks = {}, info }: OpenApiOptions): JsonSchema {
  const registry = createSchemaRegistry();
  const paths: Record<string, JsonSchema> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(route, registry);
  }
  const pushes = Object.entries(webhooks).map(([name, webhook]) => [
    name,
    pushOf(webhook, registry),
  ]);
  registry.schemaOf(problemSchema, 'output');
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [...new Set(routes.flatMap(({ tags }) => tags))].map((name) => ({ name })),
    paths,
    webhooks: Object.fromEntries(pushes) as JsonSchema,
    components: {
      schemas: registry.components,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `cai_…`.' },
      },
    },
    'x-error-codes': Object.fromEntries(
      errorCodes.map((code) => [
        code,
        { status: ERROR_STATUS[code], description: ERROR_CODES[code] },
      ]),
    ),
  };
}

const errorCodes = Object.keys(ERROR_CODES) as ErrorCode[];

function operationOf(route: Route, registry: SchemaRegistry): JsonSchema {
  const { summary, description, tags, scope, keyType, asWrittenFor, body, fieldScopes } = route;
  const access = accessOf(route);
  return {
    operationId: route.operationId,
    summary,
    description: [
      description,
      asWrittenFor && `To keys with \`${asWrittenFor}\`, texts are given as they were written.`,
      access === undefined ? undefined : `Scope: ${access}.`,
    ]
      .filter((part) => part !== undefined)
      .join('\n\n'),
    tags,
    ...(scope === null ? { security: [] } : { 'x-scope': scope }),
    ...(keyType !== undefined && { 'x-key-type': keyType }),
    ...(fieldScopes && { 'x-field-scopes': fieldScopes }),
    parameters: [
      ...parametersOf(route.params, 'path', registry),
      ...parametersOf(route.query, 'query', registry),
      ...(route.idempotent ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body
      ? {
          requestBody: {
            required: route.bodyOptional !== true,
            content: { 'application/json': { schema: registry.schemaOf(body, 'input') } },
          },
        }
      : {}),
    responses: { ...answersOf(route, registry), ...problemsOf(route) },
  };
}

/** The scope of a route and what else a key needs for it, in words; undefined when it is public. */
export function accessOf({ scope, keyType, fieldScopes = {} }: Route): string | undefined {
  if (scope === null) return undefined;
  const fields = Object.entries(fieldScopes).map(
    ([field, needed]) => `with \`${field}\` also \`${needed}\``,
  );
  const type = keyType === undefined ? [] : [`a key of type \`${keyType}\``];
  return [`\`${scope}\``, ...fields, ...type].join(', ');
}

const IDEMPOTENCY_KEY: JsonSchema = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A repeat of the same request within 24 hours gets the first answer again.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function parametersOf(
  schema: z.ZodType | undefined,
  place: 'path' | 'query',
  registry: SchemaRegistry,
): JsonSchema[] {
  if (!schema) return [];
  const json = registry.schemaOf(schema, 'input');
  const required = (json['required'] ?? []) as string[];
  return Object.entries((json['properties'] ?? {}) as Record<string, JsonSchema>).map(
    ([name, { description, ...rest }]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }),
  );
}

function answersOf(route: Route, registry: SchemaRegistry): JsonSchema {
  const texts = (route.produces ?? []).map((type) => [type, { schema: { type: 'string' } }]);
  const answers = Object.entries(route.responses).map(([status, schema]) => [
    status,
    {
      description: STATUS_WORDS[status] ?? 'Answer',
      content: Object.fromEntries([
        ...(schema ? [['application/json', { schema: registry.schemaOf(schema, 'output') }]] : []),
        ...(status.startsWith('2') ? texts : []),
      ]) as JsonSchema,
    },
  ]);
  return Object.fromEntries(answers) as JsonSchema;
}

const STATUS_WORDS: Record<string, string> = {
  '200': 'OK',
  '201': 'Created',
  '202': 'Accepted',
  '204': 'Done; no body',
  '207': 'Several results',
};

/** Every code that the route can answer with, by status. */
function problemsOf(route: Route): JsonSchema {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codesOf(route))) {
    const status = ERROR_STATUS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code]}`).join('\n\n'),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]);
  return Object.fromEntries(answers) as JsonSchema;
}

const KEY_CODES = ['auth.missing', 'auth.invalid', 'auth.forbidden', 'auth.rate_limited'] as const;
/** What the server answers before it looks at the route. */
const SERVER_CODES = [
  'request.malformed',
  'request.timeout',
  'request.too_large',
  'request.headers_too_large',
] as const;

function codesOf({ scope, params, query, body, idempotent, errors = [] }: Route): ErrorCode[] {
  return [
    ...SERVER_CODES,
    ...(scope === null ? [] : KEY_CODES),
    ...((params ?? query ?? body) ? (['request.invalid'] as const) : []),
    ...(body ? (['request.unsupported_media_type'] as const) : []),
    ...(idempotent ? (['idempotency.conflict'] as const) : []),
    ...errors,
    'service.overloaded',
    'service.unavailable',
    'internal.error',
  ];
}

function pushOf(webhook: WebhookDeclaration, registry: SchemaRegistry): JsonSchema {
  const { summary, description, payload, headers = {} } = webhook;
  return {
    post: {
      summary,
      ...(description === undefined ? {} : { description }),
      parameters: Object.entries(headers).map(([name, meaning]) => ({
        name,
        in: 'header',
        description: meaning,
        schema: { type: 'string' },
      })),
      requestBody: {
        required: true,
        content: { 'application/json': { schema: registry.schemaOf(payload, 'output') } },
      },
      responses: { '2XX': { description: 'Received; anything else is tried again.' } },
    },
  };
}
