import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  EVENT_SCHEMAS,
  INGEST_ROUTES,
  OPERATOR_EVENT_NAMES,
  pushPayloadSchema,
} from '@calseta/common';
import { type Examples, type Route } from '@calseta/platform';
import { type z } from 'zod';
import { createOperations, type OperationDeps } from '../../operations/create-operations.js';
import { createRoutes } from '../../routes/create-routes.js';
import { describeApi } from '../describe-api.js';
import { EXAMPLES } from './all.js';
import { EVENTS } from './events.js';

// Only the routes' declarations are read, so the operations need no dependencies.
const routes: Route[] = createRoutes(createOperations({} as OperationDeps));
const valuesOf = (examples: Examples | undefined): unknown[] =>
  Object.values(examples ?? {}).map(({ value }) => value);

/** Also fails on fields that the schema does not have. */
function expectExactly(schema: z.ZodType, value: unknown): void {
  const parsed = schema.parse(value);
  if (!isDeepStrictEqual(parsed, value)) expect(value).toEqual(parsed);
}

describe('the examples', () => {
  test('are those of all operations, and of no other', () => {
    const ids = routes.map(({ operationId }) => operationId);
    expect(Object.keys(EXAMPLES).toSorted()).toEqual(ids.toSorted());
  });

  test.each(routes.map((route) => [route.operationId, route] as const))(
    'of %s fit its schemas',
    (id, { body, responses, produces = [] }) => {
      const { request, answers = {} } = EXAMPLES[id]!;
      expect(valuesOf(request).length > 0).toBe(body !== undefined);
      for (const value of valuesOf(request))
        expect(body?.safeParse(value)).toMatchObject({ success: true });
      for (const [status, schema] of Object.entries(responses)) {
        const values = valuesOf(answers[Number(status)]);
        expect(values.length > 0).toBe(schema !== null || produces.length > 0);
        if (schema) for (const value of values) expectExactly(schema, value);
      }
      expect(Object.keys(answers).every((status) => status in responses)).toBe(true);
    },
  );

  test.each(Object.values(INGEST_ROUTES).map((route) => [route.operationId, route] as const))(
    'of %s fit its schemas',
    (_id, { bodies, answers, responses }) => {
      for (const { schema, examples } of Object.values(bodies)) {
        for (const value of valuesOf(examples)) {
          expect(schema.safeParse(value)).toMatchObject({ success: true });
        }
      }
      expectAnswers(answers[202], responses[202]);
    },
  );

  test('of pushes fit the payload', () => {
    const [webhook] = Object.values(describeApi(routes).webhooks ?? {});
    expect(valuesOf(webhook?.examples).length).toBeGreaterThan(0);
    for (const value of valuesOf(webhook?.examples)) expectExactly(pushPayloadSchema, value);
  });
});

test.each(OPERATOR_EVENT_NAMES)('the example of %s fits its schema', (event) => {
  expectExactly(EVENT_SCHEMAS[event], EVENTS[event]);
});

function expectAnswers(examples: Examples, schema: z.ZodType): void {
  expect(valuesOf(examples).length).toBeGreaterThan(0);
  for (const value of valuesOf(examples)) expectExactly(schema, value);
}
