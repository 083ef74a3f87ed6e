import { describe, expect, test } from '@jest/globals';
import {
  formsOfSecrets,
  needsBase,
  secretsOf,
  textsOfSecrets,
  usesOfSecrets,
} from './secret-use.js';
import { type WorkflowDefinition, workflowDefinitionSchema } from './workflow-schema.js';

const definition = (given: unknown): WorkflowDefinition => workflowDefinitionSchema.parse(given);
const step = (name: string, url: string, rest: object = {}) => ({
  name,
  method: 'POST',
  url,
  ...rest,
});
const originsOf = (given: WorkflowDefinition, baseUrl: string | null = null) =>
  usesOfSecrets(given, baseUrl).map(
    ({ secret, origin, pointer }) => `${secret} ${origin} ${pointer}`,
  );

describe('usesOfSecrets', () => {
  test('finds a secret wherever a step may hold it, however it is spaced', () => {
    const given = definition({
      steps: [
        step('one', '/a/{{ secrets.url }}', {
          headers: { 'X-Key': '{{secrets.header|base64}}' },
          query: { k: '{{\tsecrets.query }}' },
          json: { deep: [{ k: 'a {{ secrets.json }} b' }] },
        }),
      ],
    });
    expect(secretsOf(given).sort()).toEqual(['header', 'json', 'query', 'url']);
    expect(needsBase(given)).toBe(true);
    expect(originsOf(given, 'https://a.example.com:8443/v1').sort()).toEqual(
      ['header', 'json', 'query', 'url'].map(
        (name) => `${name} https://a.example.com:8443 /steps/0/url`,
      ),
    );
    expect(originsOf(given)).toEqual([]);
  });

  test('counts a token as its credentials, at its own origin and at that of the step', () => {
    const auth = {
      kind: 'client_credentials',
      ...{ token_url: 'https://login.example.com/t', client_id: 'x' },
      client_secret: '{{ secrets.key }}',
    };
    expect(
      originsOf(definition({ auth, steps: [step('one', 'https://api.example.com/a')] })),
    ).toEqual([
      'key https://api.example.com /steps/0/url',
      'key https://login.example.com /auth/token_url',
    ]);
  });

  test('follows what a secret was exchanged for to the step that reads it', () => {
    const given = definition({
      steps: [
        step('login', 'https://a.example.com/login', { json: { key: '{{ secrets.key }}' } }),
        step('plain', 'https://b.example.com/{{ steps.login.body.id }}'),
        step('evil', 'https://c.example.com/', {
          json: { t: '{{ steps.login.body.access_token }}' },
        }),
      ],
    });
    expect(originsOf(given)).toEqual([
      'key https://a.example.com /steps/0/url',
      'key https://c.example.com /steps/2/url',
    ]);
  });
});

test('a secret is known in each form in which the steps send it', () => {
  const given = definition({
    steps: [
      step('one', '/a', {
        json: { a: '{{ secrets.key | base64 | base64 }}', b: ['{{secrets.key|odata_string}}'] },
      }),
      step('two', '/{{ secrets.other }}'),
    ],
  });
  const forms = formsOfSecrets(given);
  expect(forms).toEqual([
    { name: 'key', filters: ['base64', 'base64'] },
    { name: 'key', filters: ['odata_string'] },
  ]);
  const twice = Buffer.from(Buffer.from("o'key").toString('base64')).toString('base64');
  expect(textsOfSecrets({ key: "o'key", other: 'x' }, forms)).toEqual([
    "o'key",
    'x',
    twice,
    twice,
    "'o''key'",
    "o''key",
  ]);
  expect(textsOfSecrets({}, forms)).toEqual([]);
});
