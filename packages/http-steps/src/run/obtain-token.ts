import { createHash } from 'node:crypto';
import { type StepReading } from '../answers/read-answer.js';
import { type CompiledAuth, type CompiledStep } from '../steps/compile-steps.js';
import { renderRequest, type RenderContext } from '../steps/render-request.js';

/** By this name the request for a token stands in traces. */
export const TOKEN_STEP = 'token';
/** A token is asked for anew this long before it expires, seconds. */
export const TOKEN_MARGIN_SECONDS = 60;
/** Of an answer that does not say when its token expires. */
const DEFAULT_TOKEN_SECONDS = 300;

export type Token = { value: string; expiresInSeconds: number };

type Refused = Omit<StepReading, 'tree'> & { tree?: StepReading['tree'] };

export type TokenAnswer = { kind: 'token'; token: Token } | { kind: 'refused'; reading: Refused };

/** Keeps tokens by credential, and asks once for all who wait for the same one. */
export type TokenSource = {
  get(key: string, ask: () => Promise<TokenAnswer>): Promise<TokenAnswer>;
  /** The token was not accepted. */
  forget(key: string): void;
};

/** Asks every time, for one run that is tried out. */
export const noTokens: TokenSource = {
  get: async (_, ask) => await ask(),
  forget: () => undefined,
};

/** The steps of one run share a token, whatever is kept beyond it. */
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

/** The access token of client credentials (RFC 6749, section 4.4), kept by the request that it takes to get it. */
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

/** The credentials are in it, so that only their hash is kept. */
const keyOf = ({ url, body }: { url: string; body?: string }): string =>
  createHash('sha256')
    .update(JSON.stringify([url, body]))
    .digest('hex');

/** 400 with `invalid_client` and its like is a fault of the credentials too (RFC 6749, section 5.2). */
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
