import { indicatorTypeSchema, jsonSchema, ruleSchema } from '@calseta/common';
import { z } from 'zod';
import { MAX_TEMPLATE_CHARACTERS } from '../templates/template.js';

/** Steps of one provider or workflow. */
export const MAX_STEPS = 10;
export const MAX_HEADERS = 20;
export const MAX_QUERY_PARAMETERS = 50;
export const MAX_FORM_FIELDS = 50;

const text = z.string().max(MAX_TEMPLATE_CHARACTERS);
const filledText = text.min(1);
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;

/** Headers that frame a message or belong to Calseta; setting one could smuggle a request or forge a push. */
const REFUSED_HEADER =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|proxy-.*|webhook-.*|traceparent|tracestate)$/i;

export const headersSchema = z
  .record(z.string().regex(HEADER_NAME, 'is no header name'), text)
  .superRefine((headers, context) => {
    const names = Object.keys(headers);
    if (names.length > MAX_HEADERS) context.addIssue(`at most ${MAX_HEADERS} headers`);
    for (const name of names) {
      if (REFUSED_HEADER.test(name))
        context.addIssue({ code: 'custom', path: [name], message: 'this header may not be set' });
    }
  });

const parametersSchema = (max: number) =>
  z.record(z.string().min(1).max(200), text).refine((record) => Object.keys(record).length <= max, {
    message: `at most ${max} entries`,
  });

/** How a request is authenticated. Values are templates over `secrets`. */
export const authSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('header'),
    name: z
      .string()
      .regex(HEADER_NAME)
      .refine((name) => !REFUSED_HEADER.test(name), {
        message: 'this header may not be set',
      }),
    value: filledText,
  }),
  z.strictObject({ kind: z.literal('query'), name: z.string().min(1).max(200), value: filledText }),
  z.strictObject({ kind: z.literal('basic'), username: text, password: text }),
  z.strictObject({
    kind: z.literal('client_credentials'),
    token_url: filledText,
    client_id: filledText,
    client_secret: filledText,
    scope: filledText.optional(),
  }),
]);
export type Auth = z.infer<typeof authSchema>;

/**
 * One request and how its answer is read. `url` is absolute, or begins with `/` below the base URL; as an object
 * it depends on the indicator's type. Rules read `status`, `headers.<name>` and `body.<path>`; the first that
 * matches decides, in the order error, quota, auth_error, not_found, found.
 */
export const stepShape = {
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and `_`'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  url: z.union([filledText, z.partialRecord(indicatorTypeSchema, filledText)]),
  /** Default: every type. The step is skipped for indicators of other types. */
  indicator_types: z.array(indicatorTypeSchema).min(1).optional(),
  headers: headersSchema.optional(),
  query: parametersSchema(MAX_QUERY_PARAMETERS).optional(),
  auth: authSchema.optional(),
  json: jsonSchema.optional(),
  form: parametersSchema(MAX_FORM_FIELDS).optional(),
  found: ruleSchema.optional(),
  not_found: ruleSchema.optional(),
  error: ruleSchema.optional(),
  quota: ruleSchema.optional(),
  auth_error: ruleSchema.optional(),
  /** A failed optional step does not end the run; later steps and fields lack its values. */
  optional: z.boolean().optional(),
};

/** A body only where one may be, and only one. */
export function checkBody(
  { method, json, form }: { method: string; json?: unknown; form?: unknown },
  context: z.RefinementCtx,
): void {
  if (json !== undefined && form !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['form'],
      message: 'a request has a `json` or a `form` body, not both',
    });
  if (isBodiless(method) && (json ?? form) !== undefined)
    context.addIssue({ code: 'custom', path: ['method'], message: 'GET and HEAD have no body' });
}

export const stepSchema = z.strictObject(stepShape).superRefine(checkBody);
export type Step = z.infer<typeof stepSchema>;

export const isBodiless = (method: string): boolean => method === 'GET' || method === 'HEAD';

export const stepsSchema = z.array(stepSchema).min(1).max(MAX_STEPS).superRefine(checkNames);

/** Later steps name earlier ones. */
export function checkNames(steps: readonly { name: string }[], context: z.RefinementCtx): void {
  const names = new Set<string>();
  for (const [index, { name }] of steps.entries()) {
    if (names.has(name))
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message: 'is the name of two steps',
      });
    names.add(name);
  }
}
