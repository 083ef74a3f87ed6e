import { describe, expect, it } from '@jest/globals';
import { type StepAnswer } from './answer-tree.js';
import { MAX_MESSAGE_CHARACTERS, readAnswer } from './read-answer.js';
import { type CompiledStep } from '../steps/compile-steps.js';

const NOW = new Date('2026-11-30T12:00:00Z');
const SCOPE = { indicator: { type: 'ip', value: '198.51.100.7' } };

const answer = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): StepAnswer => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const read = (given: StepAnswer, rules: CompiledStep['rules'] = {}) =>
  readAnswer({ rules }, given, SCOPE, NOW);

describe('an answer without rules', () => {
  it.each([
    [200, '{"a":1}', 'found', false],
    [204, '', 'found', false],
    [200, '<html>Just a moment</html>', 'bad_response', true],
    [200, '{"a":', 'bad_response', true],
    [302, '', 'error', false],
    [400, '{}', 'error', false],
    [401, '{}', 'auth', false],
    [403, '<html></html>', 'auth', false],
    [404, '{}', 'error', false],
    [408, '', 'error', true],
    [429, 'slow down', 'quota', true],
    [500, '<html></html>', 'error', true],
    [503, '{}', 'error', true],
  ])('of status %i with %j is %s', (status, body, outcome, isRetryable) => {
    expect(read(answer(status, body))).toMatchObject({ outcome, isRetryable });
  });

  it('that was cut off is not read', () => {
    expect(read({ ...answer(200, '{"a":1}'), isCut: true }).outcome).toBe('bad_response');
  });
});

describe('the rules of a step', () => {
  const status = (value: number) => ({ all: [{ field: 'status', op: 'eq' as const, value }] });

  it('tell what is not found by status or body', () => {
    const rules = {
      not_found: {
        any: [
          { field: 'status', op: 'eq' as const, value: 404 },
          { field: 'body.query_status', op: 'eq' as const, value: 'no_results' },
        ],
      },
    };
    expect(read(answer(404, { message: 'unknown' }), rules).outcome).toBe('not_found');
    expect(read(answer(200, { query_status: 'no_results' }), rules).outcome).toBe('not_found');
    expect(read(answer(200, { query_status: 'ok' }), rules).outcome).toBe('found');
  });

  it('make an answer that fits none of them unreadable', () => {
    const rules = { found: { all: [{ field: 'body.data', op: 'exists' as const, value: true }] } };
    expect(read(answer(200, { error: 'odd' }), rules).outcome).toBe('bad_response');
    expect(read(answer(401, {}), rules).outcome).toBe('auth');
  });

  it('tell errors, quotas and refusals in bodies of any status', () => {
    const body = (value: string) => ({
      all: [{ field: 'body.code', op: 'eq' as const, value }],
    });
    const rules = { error: body('bad'), quota: body('slow'), auth_error: body('who') };
    expect(read(answer(200, { code: 'bad' }), rules).outcome).toBe('error');
    expect(read(answer(403, { code: 'slow' }), rules)).toMatchObject({ outcome: 'quota' });
    expect(read(answer(400, { code: 'who' }), rules).outcome).toBe('auth');
  });

  it('see headers, and the indicator in placeholders', () => {
    const mine = {
      all: [{ field: 'body.ioc', op: 'starts_with' as const, value: '{{ indicator.value }}:' }],
    };
    const rules = { found: mine, not_found: { none: mine.all } };
    expect(read(answer(200, { ioc: '198.51.100.7:443' }), rules).outcome).toBe('found');
    expect(read(answer(200, { ioc: '198.51.100.70:443' }), rules).outcome).toBe('not_found');
    const byHeader = { quota: { all: [{ field: 'headers.x-left', op: 'eq' as const, value: 0 }] } };
    expect(read(answer(200, {}, { 'x-left': '0' }), byHeader).outcome).toBe('quota');
    expect(read(answer(200, {}), { error: status(500) }).outcome).toBe('found');
  });
});

describe('what goes with an answer', () => {
  it('is the wait hint of whoever wants to be asked later', () => {
    expect(read(answer(429, {}, { 'retry-after': '30' })).waitHintSeconds).toBe(30);
    expect(read(answer(503, {}, { 'retry-after': '30' })).waitHintSeconds).toBe(30);
    expect(read(answer(200, {}, { 'x-rate-limit-reset-after': '30' }))).not.toHaveProperty(
      'waitHintSeconds',
    );
  });

  it.each([
    [{ error: { code: 'x', message: 'Wrong key' } }, 'Wrong key'],
    [{ errors: [{ detail: 'Daily limit exceeded' }] }, 'Daily limit exceeded'],
    [
      { errorSummary: 'Forbidden', errorCauses: [{ errorSummary: 'The user is not locked out.' }] },
      'The user is not locked out.',
    ],
    [{ error: 'invalid_client', error_description: 'Expired' }, 'Expired'],
    [{ query_status: 'unknown_auth_key' }, 'unknown_auth_key'],
    [{ message: 'x'.repeat(1_000) }, 'x'.repeat(MAX_MESSAGE_CHARACTERS)],
    [{ code: 5 }, undefined],
  ])('is what the other side says in %j', (body, message) => {
    expect(read(answer(400, body)).message).toBe(message);
  });
});
