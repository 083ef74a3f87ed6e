import { type OpenApi } from '@calseta/testing/openapi';
import { createClient } from '../wire/create-client.js';

export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  propertyNames?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
};

/** A parameter of the path, the query or the headers. */
export type Parameter = { name: string; in: string; required: boolean; schema: JsonSchema };

/** One route as /openapi.json declares it. */
export type Operation = {
  method: string;
  path: string;
  /** Any one of these scopes is enough; null: the route is public. */
  scopes: readonly string[] | null;
  /** The key is a part of the path; a key in a header is ignored. */
  isKeyInPath: boolean;
  /** The only type of key that is allowed. */
  keyType: string | undefined;
  /** Scope that a key needs besides unless it is of the agent in the path. */
  unlessOwnAgent: string | undefined;
  /** Additional scopes that certain fields of the body need. */
  fieldScopes: Readonly<Record<string, string>>;
  parameters: readonly Parameter[];
  /** Of the JSON body; undefined when it takes none. */
  body: JsonSchema | undefined;
  /** Its bodies by media type, with the examples that are printed. */
  bodies: Readonly<Record<string, { schema: JsonSchema; examples: readonly unknown[] }>>;
};

export type Description = {
  /** The whole of /openapi.json. */
  document: OpenApi;
  operations: Operation[];
  schemas: Record<string, JsonSchema>;
  /** All scopes that a key can have. */
  scopes: string[];
};

type RawMedia = { schema: JsonSchema; examples?: Record<string, { value: unknown }> };
type RawOperation = {
  parameters?: Parameter[];
  security?: unknown[];
  'x-scope'?: string | string[];
  'x-key-type'?: string;
  'x-unless-own-agent'?: string;
  'x-field-scopes'?: Record<string, string>;
  requestBody?: { content: Record<string, RawMedia> };
};
type RawDocument = OpenApi & {
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, JsonSchema> };
};

const FROM = '127.66.0.3';

/** What the attacked system describes; anything else is not tried. */
export async function readDescription(apiUrl: string): Promise<Description> {
  await using client = createClient(apiUrl, FROM);
  const { text } = await client.call({ method: 'GET', path: '/openapi.json' });
  return parseDescription(text);
}

/** The same of the text of a document. */
export function parseDescription(text: string): Description {
  const document = JSON.parse(text) as RawDocument;
  const { schemas } = document.components;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => toOperation(method, path, operation)),
  );
  const scopes = schemas['CreateApiKey']?.properties?.['scopes']?.items?.enum ?? [];
  return { document, operations, schemas, scopes: scopes.map(String) };
}

function toOperation(method: string, path: string, operation: RawOperation): Operation {
  const scopes = [operation['x-scope'] ?? []].flat();
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(
    ([type, { schema, examples = {} }]) =>
      [type, { schema, examples: Object.values(examples).map(({ value }) => value) }] as const,
  );
  const isWithoutHeader = operation.security?.length === 0;
  const isPublic = isWithoutHeader && scopes.length === 0;
  if (!isPublic && scopes.length === 0)
    throw new Error(`${method} ${path} is neither public nor has it a scope.`);
  return {
    method: method.toUpperCase(),
    path,
    scopes: isPublic ? null : scopes,
    isKeyInPath: isWithoutHeader && !isPublic,
    keyType: operation['x-key-type'],
    unlessOwnAgent: operation['x-unless-own-agent'],
    fieldScopes: operation['x-field-scopes'] ?? {},
    parameters: operation.parameters ?? [],
    body: operation.requestBody?.content['application/json']?.schema,
    bodies: Object.fromEntries(bodies),
  };
}
