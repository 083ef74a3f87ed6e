import { AppError, ERROR_CODES, type ErrorCode, PROBLEM_MEDIA_TYPE } from '@calseta/common';
import { ERROR_STATUS, toProblem } from '../http/answers/problem.js';
import { type RouteDeclaration } from './declaration.js';
import { type JsonSchema } from './schema-registry.js';

const KEY_CODES = ['auth.missing', 'auth.invalid', 'auth.forbidden', 'auth.rate_limited'] as const;
/** Codes that the server returns before it selects a route. */
const SERVER_CODES = [
  'request.malformed',
  'request.timeout',
  'request.too_large',
  'request.headers_too_large',
] as const;
const EXAMPLE_TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

/** Every code that the route can return. */
export function codesOf(route: RouteDeclaration): Set<ErrorCode> {
  const { scope, body, idempotent, errors = [] } = route;
  return new Set<ErrorCode>([
    ...SERVER_CODES,
    ...(scope === null ? [] : KEY_CODES),
    ...(route.ignoresUnknownQuery === true ? [] : (['request.invalid'] as const)),
    ...(body ? (['request.unsupported_media_type'] as const) : []),
    ...(idempotent ? (['idempotency.conflict'] as const) : []),
    ...errors,
    'service.overloaded',
    'service.unavailable',
    'internal.error',
  ]);
}

/** Collects the responses for one or more codes of the same status; routes share them. */
export function createProblemResponses() {
  const components: Record<string, JsonSchema> = {};

  function referenceOf(codes: readonly ErrorCode[]): JsonSchema {
    const name = codes.join('-or-');
    components[name] ??= {
      description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code]}`).join('\n\n'),
      content: {
        [PROBLEM_MEDIA_TYPE]: {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
        },
      },
    };
    return { $ref: `#/components/responses/${name}` };
  }

  return {
    components,
    of(route: RouteDeclaration): JsonSchema {
      const byStatus = new Map<number, ErrorCode[]>();
      for (const code of codesOf(route)) {
        const status = ERROR_STATUS[code];
        byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
      }
      return Object.fromEntries(
        [...byStatus]
          .sort(([a], [b]) => a - b)
          .map(([status, codes]) => [String(status), referenceOf(codes)]),
      );
    },
  };
}
export type ProblemResponses = ReturnType<typeof createProblemResponses>;

const exampleOf = (code: ErrorCode) => {
  const issues =
    code === 'request.invalid'
      ? [{ pointer: '/page_size', message: 'Too big: expected <=500' }]
      : [];
  const error = new AppError(code, ERROR_CODES[code], { issues });
  return { value: toProblem(error, EXAMPLE_TRACE_ID).body };
};
