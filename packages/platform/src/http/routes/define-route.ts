import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ErrorCode, type KeyType, type Principal, type Scope } from '@calseta/common';
import { type z } from 'zod';
import { type Reply, type ResponseSchemas } from '../answers/reply.js';
import { type RequestContext } from '../requests/request-context.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type Output<S extends z.ZodType | undefined> = S extends z.ZodType ? z.output<S> : undefined;

export type RouteInput<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  A extends Scope | null,
> = {
  params: Output<P>;
  query: Output<Q>;
  body: Output<B>;
  /** Undefined only on public routes (`scope: null`). */
  principal: A extends Scope ? Principal : undefined;
  request: RequestContext;
};

export type RouteDefinition<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  R extends ResponseSchemas,
  A extends Scope | null,
> = {
  method: Method;
  /** With parameters in braces: `/v1/agents/{uuid}`. */
  path: `/${string}`;
  /** In words: `listAlerts`. Clients that are generated from OpenAPI name their functions by it. */
  operationId: string;
  /** What the API key must hold; null makes the route public. */
  scope: A;
  /** The only type of key that may call it; any, when left out. */
  keyType?: KeyType;
  summary: string;
  description?: string;
  tags: readonly string[];
  params?: P;
  query?: Q;
  body?: B;
  /** Headers that the handler reads, for OpenAPI; they are not validated. */
  headers?: z.ZodType;
  /** Scopes that the API key must hold besides to send these fields of the body. */
  fieldScopes?: Readonly<Record<string, Scope>>;
  /** True when the body may be left out; the schema then sees `{}`. */
  bodyOptional?: boolean;
  maxBodyBytes?: number;
  responses: R;
  /** Media types besides application/json that a textReply of this route may have. */
  produces?: readonly string[];
  /** Codes that this route adds to those that every route may answer with. */
  errors?: readonly ErrorCode[];
  /** Whether `Idempotency-Key` is honoured; by default on a POST that answers 201 or 202. */
  idempotent?: boolean;
  /**
   * Keys with this scope are answered with texts as people wrote them, so that they can be edited and sent back;
   * to others, and without it to all, hidden characters are written visibly.
   */
  asWrittenFor?: Scope;
  handler: (input: RouteInput<P, Q, B, A>) => Promise<Reply<R>>;
};

/** Answers by itself on Node's own objects: streams, protocols of their own. */
export type RawHandler<A extends Scope | null> = (input: {
  req: IncomingMessage;
  res: ServerResponse;
  principal: A extends Scope ? Principal : undefined;
  request: RequestContext;
}) => Promise<void>;

export type RawRouteDefinition<A extends Scope | null> = {
  method: Method;
  path: `/${string}`;
  operationId: string;
  scope: A;
  summary: string;
  description?: string;
  tags: readonly string[];
  query?: z.ZodType;
  produces?: readonly string[];
  errors?: readonly ErrorCode[];
  raw: RawHandler<A>;
};

/** A declared route with its types erased, as createApp and openApiDocument read it. */
export type Route = {
  method: Method;
  path: `/${string}`;
  operationId: string;
  scope: Scope | null;
  keyType?: KeyType;
  summary: string;
  description?: string;
  tags: readonly string[];
  params?: z.ZodType | undefined;
  query?: z.ZodType | undefined;
  headers?: z.ZodType;
  body?: z.ZodType | undefined;
  fieldScopes?: Readonly<Record<string, Scope>>;
  bodyOptional?: boolean;
  maxBodyBytes?: number;
  responses: ResponseSchemas;
  produces?: readonly string[];
  errors?: readonly ErrorCode[];
  idempotent: boolean;
  asWrittenFor?: Scope;
  run:
    | { kind: 'handler'; handler: (input: never) => Promise<Reply<ResponseSchemas>> }
    | { kind: 'raw'; raw: (input: never) => Promise<void> };
};

/** Declares a route once, for validation, handler and OpenAPI. */
export function defineRoute<
  R extends ResponseSchemas,
  A extends Scope | null,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<P, Q, B, R, A>): Route {
  const { handler, idempotent, ...declared } = definition;
  const creates =
    definition.method === 'POST' && (201 in declared.responses || 202 in declared.responses);
  return {
    ...declared,
    idempotent: idempotent ?? (creates && definition.scope !== null),
    run: { kind: 'handler', handler },
  };
}

/** Declares a route that writes its answer itself; authentication, ids and the log line stay ours. */
export function defineRawRoute<A extends Scope | null>(definition: RawRouteDefinition<A>): Route {
  const { raw, ...declared } = definition;
  return {
    ...declared,
    responses: { 200: null },
    idempotent: false,
    run: { kind: 'raw', raw },
  };
}
