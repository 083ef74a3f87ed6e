import { describe, expect, test } from '@jest/globals';
import { createAnswerChecker } from './answer-checker.js';
import { type OpenApi } from './document.js';

const PROBLEM = 'application/problem+json';
const DOCUMENT: OpenApi = {
  paths: {
    '/v1/things/{uuid}': {
      get: {
        responses: {
          200: {
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/Thing' } },
              'text/markdown; charset=utf-8': { schema: { type: 'string' } },
            },
          },
          404: { $ref: '#/components/responses/not_found' },
        },
      },
      delete: { responses: { 204: {} } },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        properties: {
          name: { type: 'string', format: 'uuid' },
          more: { type: 'object', properties: {}, additionalProperties: {} },
        },
        required: ['name'],
      },
      Problem: {
        type: 'object',
        properties: { status: { type: 'integer' }, code: { type: 'string' } },
        required: ['status', 'code'],
      },
    },
    responses: {
      not_found: {
        content: {
          [PROBLEM]: {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: { 'resource.not_found': {} },
          },
        },
      },
    },
  },
};
const PATH = '/v1/things/{uuid}';
const NAME = '0198b7a0-0000-7000-8000-000000000000';
const { faultOf, faultOfProblem, isDeclared } = createAnswerChecker(DOCUMENT);
const get = (status: number, contentType: string | undefined, body: unknown, isHead = false) =>
  faultOf(isHead ? 'HEAD' : 'GET', PATH, {
    status,
    contentType,
    text: typeof body === 'string' ? body : JSON.stringify(body),
    isHead,
  });
const JSON_TYPE = 'application/json; charset=utf-8';

describe('an answer that is as its route declares', () => {
  test.each([
    [get(200, JSON_TYPE, { name: NAME })],
    [get(200, JSON_TYPE, { name: NAME, more: { any: 1 } })],
    [get(200, 'text/markdown; charset=utf-8', '# Thing')],
    [get(200, JSON_TYPE, '', true)],
    [get(404, PROBLEM, { status: 404, code: 'resource.not_found' })],
    [faultOf('DELETE', PATH, { status: 204, contentType: undefined, text: '' })],
    [faultOfProblem({ status: 405, contentType: PROBLEM, text: '{"status":405,"code":"x"}' }, ['x'])],
  ])('%# has no fault', (fault) => {
    expect(fault).toBeUndefined();
  }); // prettier-ignore

  test('belongs to a declared route', () => {
    expect(['GET', 'HEAD', 'DELETE', 'PUT'].map((method) => isDeclared(method, PATH))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('names what differs:', () => {
  test.each([
    ['a field that is not declared', get(200, JSON_TYPE, { name: NAME, extra: 1 }), 'extra'],
    ['a missing field', get(200, JSON_TYPE, {}), "required property 'name'"],
    ['a wrong format', get(200, JSON_TYPE, { name: 'x' }), 'uuid'],
    ['a status', get(202, JSON_TYPE, { name: NAME }), 'status 202'],
    ['a content type', get(200, 'text/html', { name: NAME }), 'content type text/html'],
    ['a text that is no JSON', get(200, JSON_TYPE, '{'), 'no JSON'],
    ['a problem as plain JSON', get(404, JSON_TYPE, { status: 404, code: 'x' }), 'content type'],
    ['a code of elsewhere', get(404, PROBLEM, { status: 404, code: 'x' }), 'code x'],
    ['another status in the problem', get(404, PROBLEM, { status: 400, code: 'x' }), 'status 400'],
    ['a body of nothing', faultOf('DELETE', PATH, { status: 204, contentType: JSON_TYPE, text: '{}' }), 'a body'],
    ['a body for HEAD', get(200, JSON_TYPE, '{}', true), 'HEAD'],
    ['a method', faultOf('PUT', PATH, { status: 200, contentType: JSON_TYPE, text: '{}' }), 'PUT'],
  ])('%s', (_, fault, words) => {
    expect(fault).toContain(words);
  }); // prettier-ignore
});
