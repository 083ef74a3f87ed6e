import { type z } from 'zod';
import { type Route } from '../http/routes/define-route.js';

export type Example = { summary?: string; value: unknown };
/** Examples by displayed name. */
export type Examples = Readonly<Record<string, Example>>;

/** A route without the handler that serves it. */
export type RouteDeclaration = Omit<Route, 'run' | 'maxBodyBytes' | 'body'> & {
  body?: z.ZodType | undefined;
  /** Bodies by media type, for routes that accept more than JSON. */
  bodies?: Readonly<Record<string, { schema: z.ZodType; examples: Examples }>>;
  /** The key is in the path, not in a header. */
  isKeyInPath?: boolean;
  /** Examples of answers by status. */
  answers?: Readonly<Record<number, Examples>>;
};

/** Examples of one operation: its body, and its answers by status. */
export type OperationExamples = {
  request?: Examples;
  answers?: Readonly<Record<number, Examples>>;
};

/** A push that Calseta sends to others. */
export type WebhookDeclaration = {
  operationId: string;
  summary: string;
  description?: string;
  payload: z.ZodType;
  /** Descriptions by header name. */
  headers?: Record<string, string>;
  examples?: Examples;
};

export type OpenApiOptions = {
  routes: readonly RouteDeclaration[];
  webhooks?: Record<string, WebhookDeclaration>;
  info: {
    title: string;
    version: string;
    description?: string;
    license?: { name: string; identifier: string };
  };
  /** Descriptions by tag. */
  tags?: Readonly<Record<string, string>>;
  /** Examples by operation id. */
  examples?: Readonly<Record<string, OperationExamples>>;
};
