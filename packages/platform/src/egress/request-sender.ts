import { type AxiosError, isAxiosError } from 'axios';
import { EgressBlockedError } from './egress-guard.js';
import { type GuardedAxios } from './guarded-axios.js';

/** One request of a step, ready to be sent. */
export type RenderedRequest = {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
};

/** What came of a request; `error` repeats no secret. */
export type SentRequest =
  | {
      kind: 'answer';
      status: number;
      headers: Record<string, string>;
      body: string;
      isCut?: boolean;
    }
  | {
      kind: 'unreachable' | 'timeout' | 'blocked';
      error: string;
      /** Whether it is certain that nothing of it arrived. */
      isUnsent?: boolean;
    };

export type RequestSender = (request: RenderedRequest) => Promise<SentRequest>;

/** Of one answer, inflated; beyond, it cannot be read. */
export const MAX_ANSWER_BYTES = 2 * 1_024 * 1_024;

/** Sends the requests of steps through the egress guard; redirects are answers, and every status is one. */
export const requestSender =
  ({ axios }: Pick<GuardedAxios, 'axios'>, signal: () => AbortSignal): RequestSender =>
  async ({ method, url, headers, body }) => {
    try {
      const answer = await axios.request<string>({
        method,
        url,
        headers,
        ...(body !== undefined && { data: body }),
        responseType: 'text',
        // As it came: axios would read JSON, and make numbers of digits.
        transformResponse: (text: unknown) => text,
        signal: signal(),
      });
      return {
        kind: 'answer',
        status: answer.status,
        headers: lowerCased(answer.headers),
        body: typeof answer.data === 'string' ? answer.data : '',
      };
    } catch (error) {
      return toResult(error);
    }
  };

const lowerCased = (headers: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers as Record<string, unknown>).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ]),
  );

/** Errors name a code, and never repeat the URL, a header or a body. */
function toResult(error: unknown): SentRequest {
  const blocked = findBlocked(error);
  if (blocked) return { kind: 'blocked', error: blocked.message };
  if (!isAxiosError(error)) throw error;
  if (isTooLong(error))
    return {
      kind: 'answer',
      status: error.response?.status ?? 200,
      headers: {},
      body: '',
      isCut: true,
    };
  const code = error.code ?? 'no code';
  return code === 'ECONNABORTED' || code === 'ERR_CANCELED'
    ? { kind: 'timeout', error: 'no complete answer in time' }
    : { kind: 'unreachable', error: code, isUnsent: NEVER_CONNECTED.test(code) };
}

/** Codes of Node for a connection, or a TLS session, that was never there. */
const NEVER_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|.*_CERT|.*_CERT_.*|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;

const isTooLong = ({ code, message }: AxiosError): boolean =>
  code === 'ERR_BAD_RESPONSE' && message.startsWith('maxContentLength');

function findBlocked(error: unknown): EgressBlockedError | undefined {
  if (error instanceof EgressBlockedError) return error;
  return error instanceof Error && error.cause !== undefined ? findBlocked(error.cause) : undefined;
}
