import { describe, expect, test } from '@jest/globals';
import { compileLookup, lookupSchema, type SendResult } from '@calseta/http-steps';
import { countedSender, unitsOf } from './count-requests.js';

const compiled = (tokenUrl: string) => {
  const lookup = compileLookup(
    lookupSchema.parse({
      indicator_types: ['account', 'email'],
      secrets: ['id', 'secret'],
      auth: {
        kind: 'client_credentials',
        token_url: tokenUrl,
        client_id: '{{ secrets.id }}',
        client_secret: '{{ secrets.secret }}',
      },
      steps: [
        { name: 'user', method: 'GET', url: 'https://graph.example/users/{{ indicator.value }}' },
        {
          name: 'mail',
          method: 'GET',
          url: 'https://graph.example/mail/{{ indicator.value }}',
          indicator_types: ['email'],
        },
      ],
      fields: [],
      malice: [],
    }),
  );
  if (!lookup.ok) throw new Error(JSON.stringify(lookup.issues));
  return lookup.value;
};

const at = (tokenUrl: string, base?: string) => ({
  lookup: compiled(tokenUrl),
  baseUrl: base ?? 'https://graph.example',
  replacesOrigin: base !== undefined,
});
const ELSEWHERE = 'https://login.example/{{ secrets.id }}/token';

describe('the requests of a lookup', () => {
  test.each([
    ['a token of another host', at(ELSEWHERE), 1, 2],
    ['a token of the same host', at('https://graph.example/token'), 2, 3],
    ['a token below the base URL', at('/token'), 2, 3],
    ['a stand-in for all hosts', at(ELSEWHERE, 'http://127.0.0.1:9999/x'), 2, 3],
    ['another port of the host', at('https://graph.example:8443/token'), 1, 2],
  ])('of a step for every type and one for e-mail, with %s', (_, setup, account, email) => {
    expect([unitsOf(setup, 'account'), unitsOf(setup, 'email')]).toEqual([account, email]);
  });

  test.each([
    [ELSEWHERE, 'https://login.example/x/token', 1],
    ['https://graph.example/token', 'https://graph.example/token', 2],
  ])('counts the token of %s as the quota does', async (tokenUrl, url, expected) => {
    let begun = 0;
    const answer: SendResult = { kind: 'answer', status: 200, headers: {}, body: '{}' };
    const begin = () => {
      begun += 1;
      return () => undefined;
    };
    const send = countedSender(
      async () => await Promise.resolve(answer),
      { begin },
      at(tokenUrl),
      'account',
    );
    await send({ method: 'POST', url, headers: {} }, 'token');
    await send({ method: 'GET', url: 'https://graph.example/users/x', headers: {} }, 'user');
    expect(begun).toBe(expected);
  });
});
