import { type Send, type SendResult } from '@calseta/http-steps';
import { EgressBlockedError, type GuardedAxios } from '@calseta/platform';
import { type AxiosError, isAxiosError } from 'axios';

/** Of one answer, inflated; beyond, it cannot be read. */
export const MAX_ANSWER_BYTES = 2 * 1_024 * 1_024;

/** Sends the requests of steps through the egress guard; redirects are answers, and every status is one. */
export const requestSender =
  ({ axios }: Pick<GuardedAxios, 'axios'>, signal: () => AbortSignal): Send =>
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
function toResult(error: unknown): SendResult {
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
    : { kind: 'unreachable', error: code };
}

const isTooLong = ({ code, message }: AxiosError): boolean =>
  code === 'ERR_BAD_RESPONSE' && message.startsWith('maxContentLength');

function findBlocked(error: unknown): EgressBlockedError | undefined {
  if (error instanceof EgressBlockedError) return error;
  return error instanceof Error && error.cause !== undefined ? findBlocked(error.cause) : undefined;
}
