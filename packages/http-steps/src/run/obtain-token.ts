import { createHash } from 'node:crypto';
import { type StepReading } from '../answers/read-answer.js';
import { type CompiledAuth, type CompiledStep } from '../steps/compile-steps.js';
import { renderRequest, type RenderContext } from '../steps/render-request.js';

/** Name of the token request in traces. */
export const TOKEN_STEP = 'token';
/** Lifetime of a token whose answer does not state one. */
const DEFAULT_TOKEN_SECONDS = 300;

export type AccessToken = { value: string; expiresInSeconds: number };

type Refused = Omit<StepReading, 'tree'> & { tree?: StepReading['tree'] };

export type TokenAnswer =
  { kind: 'token'; token: AccessToken } | { kind: 'refused'; reading: Refused };

/** Caches tokens by credential; concurrent callers share one request. */
export type TokenSource = {
  get(key: string, ask: () => Promise<TokenAnswer>): Promise<TokenAnswer>;
  /** Drops a token that was rejected. */
  forget(key: string): void;
};

/** Requests a token every time, for a single test run. */
export const noTokens: TokenSource = {
  get: async (_, ask) => await ask(),
  forget: () => undefined,
};

/** Shares a token between the steps of one run, even if `tokens` caches nothing. */
export function withinRun(tokens: TokenSource): TokenSource {
  const answers = new Map<string, TokenAnswer>();
  return {
    async get(key, ask) {
      const answer = answers.get(key) ?? (await tokens.get(key, ask));
      answers.set(key, answer);
      return answer;
    },
    forget(key) {
      answers.delete(key);
      tokens.forget(key);
    },
  };
}

export type Obtained =
  { kind: 'token'; value: string; forget: () => void } | { kind: 'refused'; reading: Refused };

/** The access token of client credentials (RFC 6749, section 4.4), cached by its request. */
export async function obtainToken(
  { tokenUrl, form }: Extract<CompiledAuth, { kind: 'client_credentials' }>,
  context: RenderContext,
  tokens: TokenSource,
  exchange: (step: CompiledStep) => Promise<Refused>,
): Promise<Obtained> {
  const step: CompiledStep = {
    name: TOKEN_STEP,
    method: 'POST',
    url: tokenUrl,
    headers: [],
    query: [],
    form,
    rules: {},
    isOptional: false,
  };
  const key = keyOf(renderRequest(step, { kind: 'none' }, context, false));
  const answer = await tokens.get(key, async () => tokenOf(await exchange(step)));
  return answer.kind === 'refused'
    ? answer
    : { kind: 'token', value: answer.token.value, forget: () => tokens.forget(key) };
}

/** Hashed, since the request contains the credentials. */
const keyOf = ({ url, body }: { url: string; body?: string }): string =>
  createHash('sha256')
    .update(JSON.stringify([url, body]))
    .digest('hex');

/** Status 400 with `invalid_client` or a similar code is an error of the credentials too (RFC 6749, section 5.2). */
function tokenOf(reading: Refused): TokenAnswer {
  const body = reading.tree?.body;
  const { access_token: value, expires_in: expires } = (body ?? {}) as Record<string, unknown>;
  if (reading.outcome === 'found' && typeof value === 'string' && value !== '') {
    const seconds = Number(expires ?? DEFAULT_TOKEN_SECONDS);
    const expiresInSeconds = Number.isFinite(seconds) ? seconds : DEFAULT_TOKEN_SECONDS;
    return { kind: 'token', token: { value, expiresInSeconds } };
  }
  if (reading.outcome === 'found') {
    const message = 'The answer holds no access token.';
    return {
      kind: 'refused',
      reading: { ...reading, outcome: 'bad_response', message, isRetryable: true },
    };
  }
  const isRefused = reading.outcome === 'error' && reading.tree?.status === 400;
  return { kind: 'refused', reading: isRefused ? { ...reading, outcome: 'auth' } : reading };
}
