import { describe, expect, it } from '@jest/globals';
import { compileSteps } from './compile-steps.js';
import { MAX_HEADERS, MAX_STEPS, stepsSchema } from './step-schema.js';

const STEP = { name: 'a', method: 'GET', url: 'https://api.example/x' };

const issuesOf = (step: Record<string, unknown>): unknown[] => {
  const parsed = stepsSchema.safeParse([{ ...STEP, ...step }]);
  if (!parsed.success) return parsed.error.issues.map(({ path }) => ['/steps', ...path].join('/'));
  const compiled = compileSteps(parsed.data, ['indicator', 'secrets']);
  return compiled.ok ? [] : compiled.issues.map(({ pointer }) => pointer);
};

describe('a step', () => {
  it.each<[Record<string, unknown>, string[]]>([
    [{}, []],
    [{ url: '/below/{{ indicator.value }}' }, []],
    [{ url: 'https://{{ secrets.host }}/x' }, ['/steps/0/url']],
    [{ url: 'https://a{{ secrets.host }}/x' }, ['/steps/0/url']],
    [{ url: '//evil.example/x' }, ['/steps/0/url']],
    [{ url: 'https://user@api.example/' }, ['/steps/0/url']],
    [{ url: 'ftp://api.example/' }, ['/steps/0/url']],
    [{ url: { ip: '/x/{{ nobody.knows }}' } }, ['/steps/0/url/ip']],
    [{ headers: { 'X-A': '{{ indicator.value | shout }}' } }, ['/steps/0/headers/X-A']],
    [{ headers: { Host: 'x' } }, ['/steps/0/headers/Host']],
    [{ headers: { 'Transfer-Encoding': 'x' } }, ['/steps/0/headers/Transfer-Encoding']],
    [{ headers: { 'webhook-id': 'x' } }, ['/steps/0/headers/webhook-id']],
    [{ headers: { 'bad name': 'x' } }, ['/steps/0/headers/bad name']],
    [{ method: 'POST', json: { 'a/b': ['{{ x.y }}'] } }, ['/steps/0/json/a~1b/0']],
    [{ method: 'POST', json: {}, form: { a: 'b' } }, ['/steps/0/form']],
    [{ method: 'GET', json: {} }, ['/steps/0/method']],
    [{ auth: { kind: 'header', name: 'X', value: '{{ secret.x }}' } }, ['/steps/0/auth/value']],
    [
      { found: { all: [{ field: 'body.a', op: 'eq', value: '{{ steps.a.body }}' }] } },
      ['/steps/0/found'],
    ],
    [{ name: 'Not A Name' }, ['/steps/0/name']],
    [{ unknown: 1 }, ['/steps/0']],
  ])('%j is wrong at %j', (step, pointers) => {
    expect(issuesOf(step)).toEqual(pointers);
  });

  it('has as many headers, and a list as many steps, as may be', () => {
    const headers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, 'x']));
    expect(issuesOf({ headers: headers(MAX_HEADERS) })).toEqual([]);
    expect(issuesOf({ headers: headers(MAX_HEADERS + 1) })).toEqual(['/steps/0/headers']);
    const steps = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...STEP, name: `s${index}` }));
    expect(stepsSchema.safeParse(steps(MAX_STEPS)).success).toBe(true);
    expect(stepsSchema.safeParse(steps(MAX_STEPS + 1)).success).toBe(false);
    expect(stepsSchema.safeParse([STEP, STEP]).success).toBe(false);
  });
});
