import { isDeepStrictEqual } from 'node:util';
import { type ErrorCode, INGEST_ROUTES, type Problem } from '@calseta/common';
import { codesOf, ERROR_STATUS } from '@calseta/platform';
import { type z } from 'zod';

const { plain, withToken } = INGEST_ROUTES;
const RESPONSES: Readonly<Record<number, z.ZodType | undefined>> = plain.responses;
/** Errors of requests that match no operation. */
const ELSEWHERE: readonly ErrorCode[] = ['route.not_found', 'route.method_not_allowed'];
const CODES = new Set([...codesOf(plain), ...codesOf(withToken), ...ELSEWHERE]);

/** Throws when the declaration of ingest, and so OpenAPI, does not include this answer. */
export function assertDeclared(status: number, body: unknown): void {
  const schema = RESPONSES[status];
  if (schema) {
    if (isDeepStrictEqual(schema.parse(body), body)) return;
    throw new Error(`The answer has a field that is not declared: ${JSON.stringify(body)}`);
  }
  const { code } = body as Problem;
  if (CODES.has(code) && ERROR_STATUS[code] === status) return;
  throw new Error(`The answer ${status} ${code} is not declared in INGEST_ROUTES.`);
}
