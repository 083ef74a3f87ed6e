import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ErrorCode, type KeyType, type Principal, type Scope } from '@calseta/common';
import { type z } from 'zod';
import { type Reply, type ResponseSchemas } from '../answers/reply.js';
import { type FieldKind } from './form-value.js';
import { type HoldInAll } from '../requests/memory-budget.js';
import { type UploadLimits } from '../requests/read-multipart.js';
import { type RequestContext } from '../requests/request-context.js';

/** Scope that a route needs; `any`: a key, whatever its scopes; null: nothing, the route is public. */
export type RouteScope = Scope | 'any' | null;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type Output<S extends z.ZodType | undefined> = S extends z.ZodType ? z.output<S> : undefined;

export type RouteInput<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  A extends RouteScope,
> = {
  params: Output<P>;
  query: Output<Q>;
  body: Output<B>;
  /** Undefined only on public routes (`scope: null`). */
  principal: A extends string ? Principal : undefined;
  request: RequestContext;
};

/** A form of text files that a route takes in the place of JSON. */
export type Upload = {
  limits: UploadLimits;
  /** Media types of which a body is one file, with the name that it gets: `{ 'application/yaml': 'body.yaml' }`. */
  fileTypes?: Readonly<Record<string, string>>;
  /** How the fields beside the files are read. */
  fields: Readonly<Record<string, FieldKind>>;
  /** Of the form's value, in which `files` is a list of names and texts. */
  schema: z.ZodType;
};

/** The media types of an upload. */
export const uploadTypes = (upload: Upload | undefined): string[] =>
  upload ? ['multipart/form-data', ...Object.keys(upload.fileTypes ?? {})] : [];

export type RouteDefinition<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  R extends ResponseSchemas,
  A extends RouteScope,
  F extends z.ZodType | undefined = undefined,
> = {
  method: Method;
  /** With parameters in braces: `/v1/agents/{uuid}`. */
  path: `/${string}`;
  /** For example `listAlerts`; clients generated from OpenAPI use it as a function name. */
  operationId: string;
  /** Scope that the API key must have. */
  scope: A;
  /** The only key type that may call the route; any by default. */
  keyType?: KeyType;
  /** Scope that a key needs besides, unless it belongs to the agent whose `uuid` is in the path. */
  unlessOwnAgent?: Scope;
  summary: string;
  description?: string;
  tags: readonly string[];
  params?: P;
  query?: Q;
  body?: B;
  /** Headers that the handler reads, for OpenAPI only; they are not validated. */
  headers?: z.ZodType;
  /** Additional scopes required for these fields of the body. */
  fieldScopes?: Readonly<Record<string, Scope>>;
  /** True when the body is optional; a missing body is parsed as `{}`. */
  bodyOptional?: boolean;
  /**
   * Field of the body whose value the handler gets as the JSON text that was sent, whatever is in it. Its schema stands in
   * OpenAPI only, so it has to take any value.
   */
  rawField?: string;
  maxBodyBytes?: number;
  responses: R;
  /** Media types other than application/json that a textReply of this route may have. */
  produces?: readonly string[];
  /** Error codes in addition to those of every route. */
  errors?: readonly ErrorCode[];
  /** Whether `Idempotency-Key` is honoured; by default for a POST that answers 201 or 202. */
  idempotent?: boolean;
  /**
   * Keys with this scope receive texts as written, so that they can be edited and sent back; all other keys, or all
   * keys when it is unset, receive hidden characters made visible.
   */
  asWrittenFor?: Scope;
  handler: (input: RouteInput<P, Q, B, A>) => Promise<Reply<R>>;
  upload?: Omit<Upload, 'schema'> & {
    schema: F;
    handler: (input: RouteInput<P, Q, F, A>) => Promise<Reply<R>>;
  };
};

/** Answers with Node's own objects: streams and other protocols. */
export type RawHandler<
  A extends RouteScope,
  Q extends z.ZodType | undefined = undefined,
> = (input: {
  req: IncomingMessage;
  res: ServerResponse;
  query: Output<Q>;
  principal: A extends string ? Principal : undefined;
  request: RequestContext;
  /** Reserves the memory of the body, as its total in bytes; free again when the handler is done. */
  holdInAll: HoldInAll;
}) => Promise<void>;

export type RawRouteDefinition<
  A extends RouteScope,
  Q extends z.ZodType | undefined = undefined,
> = {
  method: Method;
  path: `/${string}`;
  operationId: string;
  scope: A;
  summary: string;
  description?: string;
  tags: readonly string[];
  query?: Q;
  headers?: z.ZodType;
  /** Parameters that the query schema does not have are refused, but for pages that people open. */
  ignoresUnknownQuery?: true;
  produces?: readonly string[];
  errors?: readonly ErrorCode[];
  raw: RawHandler<A, Q>;
};

/** A declared route without its types, for createApp and openApiDocument. */
export type Route = {
  method: Method;
  path: `/${string}`;
  operationId: string;
  scope: RouteScope;
  keyType?: KeyType;
  unlessOwnAgent?: Scope;
  summary: string;
  description?: string;
  tags: readonly string[];
  params?: z.ZodType | undefined;
  query?: z.ZodType | undefined;
  ignoresUnknownQuery?: true;
  headers?: z.ZodType;
  body?: z.ZodType | undefined;
  fieldScopes?: Readonly<Record<string, Scope>>;
  bodyOptional?: boolean;
  rawField?: string;
  maxBodyBytes?: number;
  upload?: Upload;
  responses: ResponseSchemas;
  produces?: readonly string[];
  errors?: readonly ErrorCode[];
  idempotent: boolean;
  asWrittenFor?: Scope;
  run:
    | { kind: 'handler'; handler: Handler; uploadHandler?: Handler }
    | { kind: 'raw'; raw: (input: never) => Promise<void> };
};

type Handler = (input: never) => Promise<Reply<ResponseSchemas>>;

/** Declares a route once, for validation, handler and OpenAPI. */
export function defineRoute<
  R extends ResponseSchemas,
  A extends RouteScope,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  F extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<P, Q, B, R, A, F>): Route {
  const { handler, idempotent, upload, ...declared } = definition;
  const creates =
    definition.method === 'POST' && (201 in declared.responses || 202 in declared.responses);
  return {
    ...declared,
    ...(upload?.schema && {
      upload: {
        limits: upload.limits,
        fields: upload.fields,
        schema: upload.schema,
        ...(upload.fileTypes && { fileTypes: upload.fileTypes }),
      },
    }),
    idempotent: idempotent ?? (creates && definition.scope !== null),
    run: { kind: 'handler', handler, ...(upload && { uploadHandler: upload.handler }) },
  };
}

/** Declares a route that writes its answer itself; authentication, ids and log line work as usual. */
export function defineRawRoute<A extends RouteScope, Q extends z.ZodType | undefined = undefined>(
  definition: RawRouteDefinition<A, Q>,
): Route {
  const { raw, ...declared } = definition;
  return {
    ...declared,
    responses: { 200: null },
    idempotent: false,
    run: { kind: 'raw', raw },
  };
}
