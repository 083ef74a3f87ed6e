import { z } from 'zod';
import {
  type Example,
  type Examples,
  type OperationExamples,
  type RouteDeclaration,
  type WebhookDeclaration,
} from './declaration.js';
import { type ProblemResponses } from './problem-responses.js';
import { type JsonSchema, type SchemaRegistry } from './schema-registry.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'multipart/form-data';

/** A body that stands for a form with one file. */
const A_FILE = z.string();

type Parts = { registry: SchemaRegistry; problems: ProblemResponses };

export function operationOf(
  route: RouteDeclaration,
  examples: OperationExamples,
  { registry, problems }: Parts,
): JsonSchema {
  const { operationId, summary, tags, scope, keyType, fieldScopes, isKeyInPath } = route;
  const { unlessOwnAgent } = route;
  return {
    operationId,
    summary,
    description: descriptionOf(route),
    tags,
    ...((scope === null || isKeyInPath) && { security: [] }),
    ...(scope !== null && { 'x-scope': scope }),
    ...(keyType !== undefined && { 'x-key-type': keyType }),
    ...(unlessOwnAgent !== undefined && { 'x-unless-own-agent': unlessOwnAgent }),
    ...(fieldScopes && { 'x-field-scopes': fieldScopes }),
    parameters: [
      ...parametersOf(route.params, 'path', registry),
      ...parametersOf(route.query, 'query', registry),
      ...parametersOf(route.headers, 'header', registry),
      ...(route.idempotent ? [IDEMPOTENCY_KEY] : []),
    ],
    ...requestBodyOf(route, examples.request, registry),
    responses: {
      ...answersOf(route, examples.answers ?? route.answers ?? {}, registry),
      ...problems.of(route),
    },
  };
}

/** The OpenAPI operation of a push. */
export function pushOf(webhook: WebhookDeclaration, registry: SchemaRegistry): JsonSchema {
  const { operationId, summary, description, payload, headers = {}, examples } = webhook;
  return {
    post: {
      operationId,
      summary,
      ...(description !== undefined && { description }),
      parameters: Object.entries(headers).map(([name, meaning]) => ({
        name,
        in: 'header',
        description: meaning,
        schema: { type: 'string' },
      })),
      requestBody: {
        required: true,
        content: {
          [JSON_TYPE]: {
            schema: registry.schemaOf(payload, 'output'),
            ...(examples && { examples }),
          },
        },
      },
      responses: { '2XX': { description: 'Received; anything else is tried again.' } },
    },
  };
}

function descriptionOf(route: RouteDeclaration): string {
  const { description, asWrittenFor } = route;
  const access = accessOf(route);
  return [
    description,
    asWrittenFor && `To keys with \`${asWrittenFor}\`, texts are given as they were written.`,
    access && `Scope: ${access}.`,
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

/** Describes the scope of a route and other requirements for a key; undefined for a public route. */
export function accessOf({
  scope,
  keyType,
  unlessOwnAgent,
  fieldScopes = {},
}: Pick<RouteDeclaration, 'scope' | 'keyType' | 'unlessOwnAgent' | 'fieldScopes'>):
  string | undefined {
  if (scope === null) return undefined;
  const fields = Object.entries(fieldScopes).map(
    ([field, needed]) => `with \`${field}\` also \`${needed}\``,
  );
  const type = keyType === undefined ? [] : [`a key of type \`${keyType}\``];
  const others =
    unlessOwnAgent === undefined ? [] : [`of the agent itself, or else \`${unlessOwnAgent}\``];
  return [scope === 'any' ? 'any key' : `\`${scope}\``, ...fields, ...type, ...others].join(', ');
}

const IDEMPOTENCY_KEY: JsonSchema = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A repeat of the same request within 24 hours gets the first answer again.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function parametersOf(
  schema: z.ZodType | undefined,
  place: 'path' | 'query' | 'header',
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

function requestBodyOf(
  { body, bodies, bodyOptional, upload }: RouteDeclaration,
  examples: Examples | undefined,
  registry: SchemaRegistry,
): JsonSchema {
  const given = bodies ?? {
    ...(body && { [JSON_TYPE]: { schema: body, examples } }),
    ...(upload && { [FORM_TYPE]: { schema: upload.schema, examples: undefined } }),
    ...Object.fromEntries(
      Object.keys(upload?.fileTypes ?? {}).map((type) => [
        type,
        { schema: A_FILE, examples: undefined },
      ]),
    ),
  };
  if (Object.keys(given).length === 0) return {};
  const content = Object.entries(given).map(([type, { schema, examples: shown }]) => [
    type,
    { schema: registry.schemaOf(schema, 'input'), ...(shown && { examples: shown }) },
  ]);
  const byType = Object.fromEntries(content) as JsonSchema;
  return { requestBody: { required: bodyOptional !== true, content: byType } };
}

const STATUS_WORDS: Record<string, string> = {
  '200': 'OK',
  '201': 'Created',
  '202': 'Accepted',
  '204': 'Done; no body',
};

function answersOf(
  route: RouteDeclaration,
  examples: Readonly<Record<number, Examples>>,
  registry: SchemaRegistry,
): JsonSchema {
  const texts = (route.produces ?? []).map((type) => [type, { type: 'string' }] as const);
  const answers = Object.entries(route.responses).map(([status, schema]) => {
    const schemas = [
      ...(schema ? [[JSON_TYPE, registry.schemaOf(schema, 'output')] as const] : []),
      ...(status.startsWith('2') ? texts : []),
    ];
    const shown: Record<string, Example> | undefined = examples[Number(status)];
    const content = schemas.map(([type, ofType]) => [
      type,
      { schema: ofType, ...(shown && type === JSON_TYPE && { examples: shown }) },
    ]);
    return [
      status,
      {
        description: STATUS_WORDS[status] ?? 'Answer',
        ...(content.length > 0 && { content: Object.fromEntries(content) as JsonSchema }),
      },
    ];
  });
  return Object.fromEntries(answers) as JsonSchema;
}
