import { describe, expect, it } from '@jest/globals';
import { createTokenCache, TOKEN_MARGIN_SECONDS } from './token-cache.js';

type Refused = { kind: 'refused'; reading: { outcome: string; isRetryable: boolean } };
type TokenAnswer = { kind: 'token'; token: { value: string; expiresInSeconds: number } } | Refused;

const tokenOf = (value: string, expiresInSeconds = 3_600): TokenAnswer => ({
  kind: 'token',
  token: { value, expiresInSeconds },
});

describe('the token cache', () => {
  it('asks once for all who need a token at a time, and while it lasts', async () => {
    let time = 0;
    let asked = 0;
    const cache = createTokenCache<Refused>(() => time);
    const ask = async (): Promise<TokenAnswer> => {
      asked += 1;
      return await Promise.resolve(tokenOf(`t${asked}`));
    };
    await Promise.all([cache.get('a', ask), cache.get('a', ask), cache.get('a', ask)]);
    time = (3_600 - TOKEN_MARGIN_SECONDS) * 1_000 - 1;
    expect(await cache.get('a', ask)).toEqual(tokenOf('t1'));
    time += 1;
    expect(await cache.get('a', ask)).toEqual(tokenOf('t2'));
    expect(await cache.get('b', ask)).toEqual(tokenOf('t3'));
  });

  it('keeps neither a refusal nor a token that was forgotten', async () => {
    const cache = createTokenCache<Refused>();
    const refused: TokenAnswer = {
      kind: 'refused',
      reading: { outcome: 'auth', isRetryable: false },
    };
    expect(await cache.get('a', async () => await Promise.resolve(refused))).toBe(refused);
    await cache.get('a', async () => await Promise.resolve(tokenOf('t1')));
    cache.forget('a');
    expect(await cache.get('a', async () => await Promise.resolve(tokenOf('t2')))).toEqual(
      tokenOf('t2'),
    );
  });
});
