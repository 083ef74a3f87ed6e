import { describe, expect, it } from '@jest/globals';
import {
  MAX_PLACEHOLDERS,
  parseTemplate,
  renderText,
  renderValue,
  type TemplateScope,
  type Template,
} from './template.js';

const ROOTS = ['indicator', 'steps'];

function parsed(text: string): Template {
  const result = parseTemplate(text, ROOTS);
  if (!result.ok) throw new Error(result.problem);
  return result.template;
}

const problemOf = (text: string): string | undefined => {
  const result = parseTemplate(text, ROOTS);
  return result.ok ? undefined : result.problem;
};

const scope: TemplateScope = {
  indicator: { value: 'http://a.example/?q=ä b', count: 3 },
  steps: { user: { body: { id: 'u1', groups: ['admins'], '@odata.type': 'x', empty: null } } },
};

describe('a template', () => {
  it.each([
    ['plain text', 'plain text'],
    ['{{ steps.user.body.id }}', 'u1'],
    ['{{steps.user.body.groups.0}}!', 'admins!'],
    ['{{ indicator.value | base64url }}', 'aHR0cDovL2EuZXhhbXBsZS8_cT3DpCBi'],
    ['{{ indicator.value | percent_encode }}', 'http%3A%2F%2Fa.example%2F%3Fq%3D%C3%A4%20b'],
    ['{{ steps.user.body.id | upper | query_phrase }}', '"U1"'],
    ['a {{ indicator.count }} b {{ indicator.count }}', 'a 3 b 3'],
  ])('renders %s as %s', (text, expected) => {
    expect(renderText(parsed(text), scope)).toBe(expected);
  });

  it('escapes what a vendor would read as syntax', () => {
    const hostile: TemplateScope = { indicator: { value: `a" OR x:*\\ 'b'` }, steps: {} };
    expect(renderText(parsed('{{ indicator.value | query_phrase }}'), hostile)).toBe(
      String.raw`"a\" OR x:*\\ 'b'"`,
    );
    expect(renderText(parsed('{{ indicator.value | odata_string }}'), hostile)).toBe(
      String.raw`'a" OR x:*\ ''b'''`,
    );
  });

  it('keeps the type of a value that stands alone', () => {
    expect(renderValue(parsed('{{ indicator.count }}'), scope)).toBe(3);
    expect(renderValue(parsed('{{ steps.user.body.groups }}'), scope)).toEqual(['admins']);
    expect(renderValue(parsed('n: {{ indicator.count }}'), scope)).toBe('n: 3');
  });

  it.each([
    '{{ steps.user.body.missing }}',
    '{{ steps.user.body.empty }}',
    '{{ steps.user.body.groups }}',
    '{{ steps.user.constructor }}',
    '{{ steps.user.body.groups.length }}x',
  ])('refuses to render %s, which is no text', (text) => {
    const outcome = () =>
      renderText(parsed(text), { ...scope, steps: { user: { body: { groups: [] } } } });
    expect(outcome).toThrow('has no value');
  });

  it.each([
    ['{{ indicator.value', 'does not end'],
    ['{{ constructor.name }}', 'unknown root `constructor`'],
    ['{{ indicator.value | shout }}', 'unknown filter `shout`'],
    ['{{ indicator.a b }}', 'unreadable path'],
    ['{{ indicator..a }}', 'unreadable path'],
    ['{{ indicator.value }}'.repeat(MAX_PLACEHOLDERS + 1), 'more than 50 placeholders'],
  ])('refuses %s', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it('reads as many placeholders as it may hold', () => {
    expect(problemOf('{{ indicator.value }}'.repeat(MAX_PLACEHOLDERS))).toBeUndefined();
  });
});
