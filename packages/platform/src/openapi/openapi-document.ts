import { ERROR_CODES, type ErrorCode, problemSchema } from '@calseta/common';
import { ERROR_STATUS } from '../http/answers/problem.js';
import { type OpenApiOptions } from './declaration.js';
import { operationOf, pushOf } from './operation.js';
import { createProblemResponses } from './problem-responses.js';
import { createSchemaRegistry, type JsonSchema } from './schema-registry.js';

/** Creates the OpenAPI 3.1 document of the routes from their validation schemas. */
export function openApiDocument(options: OpenApiOptions): JsonSchema {
  const { routes, webhooks = {}, info, tags = {}, examples = {} } = options;
  const registry = createSchemaRegistry();
  const problems = createProblemResponses();
  const paths: Record<string, JsonSchema> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    const shown = examples[route.operationId] ?? {};
    path[route.method.toLowerCase()] = operationOf(route, shown, { registry, problems });
  }
  const pushes = Object.entries(webhooks).map(([name, webhook]) => [
    name,
    pushOf(webhook, registry),
  ]);
  registry.schemaOf(problemSchema, 'output');
  const described = {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [...new Set(routes.flatMap((route) => route.tags))].map((name) => ({
      name,
      ...(tags[name] !== undefined && { description: tags[name] }),
    })),
    paths,
    webhooks: Object.fromEntries(pushes) as JsonSchema,
    'x-error-codes': Object.fromEntries(
      errorCodes.map((code) => [
        code,
        { status: ERROR_STATUS[code], description: ERROR_CODES[code] },
      ]),
    ),
  };
  return {
    ...described,
    components: {
      schemas: usedSchemas(registry.components, [described, problems.components]),
      responses: problems.components,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `cai_…`.' },
      },
    },
  };
}

const errorCodes = Object.keys(ERROR_CODES) as ErrorCode[];

/** Schemas that are referenced directly or through others. */
function usedSchemas(
  schemas: Record<string, JsonSchema>,
  users: readonly unknown[],
): Record<string, JsonSchema> {
  const used = new Set<string>();
  const waiting = users.flatMap(namesIn);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    waiting.push(...namesIn(schemas[name]));
  }
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}

const namesIn = (value: unknown): string[] =>
  [...JSON.stringify(value ?? null).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].flatMap(
    ([, name]) => name ?? [],
  );
