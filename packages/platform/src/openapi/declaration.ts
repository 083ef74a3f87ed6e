import { type z } from 'zod';
import { type Route } from '../http/routes/define-route.js';

export type Example = { summary?: string; value: unknown };
/** By a name that is shown. */
export type Examples = Readonly<Record<string, Example>>;

/** What a route says of itself, without the handler that serves it. */
export type RouteDeclaration = Omit<Route, 'run' | 'maxBodyBytes' | 'body'> & {
  body?: z.ZodType | undefined;
  /** By media type, of routes that take others than JSON. */
  bodies?: Readonly<Record<string, { schema: z.ZodType; examples: Examples }>>;
  /** The key stands in the path, not in a header. */
  isKeyInPath?: boolean;
  /** Examples of answers, by status. */
  answers?: Readonly<Record<number, Examples>>;
};

/** Examples of one operation: of its body, and of its answers by status. */
export type OperationExamples = {
  request?: Examples;
  answers?: Readonly<Record<number, Examples>>;
};

/** A push of ours that others receive. */
export type WebhookDeclaration = {
  operationId: string;
  summary: string;
  description?: string;
  payload: z.ZodType;
  /** Header names with what they hold. */
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
  /** What each tag is about. */
  tags?: Readonly<Record<string, string>>;
  /** By operation id. */
  examples?: Readonly<Record<string, OperationExamples>>;
};
