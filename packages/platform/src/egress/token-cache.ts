import { createSingleFlight } from '@calseta/async';

type Token = { value: string; expiresInSeconds: number };

type Answer<Refused> = { kind: 'token'; token: Token } | Refused;

/** Tokens by credential; those who need one at once share a request. */
export type TokenCache<Refused> = {
  get(key: string, ask: () => Promise<Answer<Refused>>): Promise<Answer<Refused>>;
  /** Drops a token that was rejected. */
  forget(key: string): void;
};

/** Time before its expiry at which a token is used no more, seconds. */
export const TOKEN_MARGIN_SECONDS = 60;

/** Credentials that are in use at a time; the oldest token beyond is asked for again. */
const MAX_TOKENS = 100;

/** Keeps access tokens until shortly before they expire; all who need one wait for the same request. */
export function createTokenCache<Refused extends { kind: 'refused' }>(
  now: () => number = Date.now,
): TokenCache<Refused> {
  const flight = createSingleFlight<string, Answer<Refused>>();
  const tokens = new Map<string, { token: Token; usableUntil: number }>();

  const keep = (key: string, token: Token): void => {
    const [oldest] = tokens.keys();
    if (tokens.size >= MAX_TOKENS && oldest !== undefined) tokens.delete(oldest);
    const usableMs = (token.expiresInSeconds - TOKEN_MARGIN_SECONDS) * 1_000;
    tokens.set(key, { token, usableUntil: now() + usableMs });
  };

  return {
    async get(key, ask) {
      const kept = tokens.get(key);
      if (kept && kept.usableUntil > now()) return { kind: 'token', token: kept.token };
      return await flight.run(key, async () => {
        const answer = await ask();
        if (answer.kind === 'token') keep(key, answer.token);
        return answer;
      });
    },
    forget: (key) => void tokens.delete(key),
  };
}
