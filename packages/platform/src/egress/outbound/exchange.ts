import { type Dispatcher } from 'undici';
import { explainFailure } from '../explain-failure.js';
import { type TlsPool } from '../tls-pools.js';
import { collectAnswer } from './collect-answer.js';
import { type OutboundRequest, type OutboundResult } from './outbound-request.js';

/** What is sent besides the headers. */
export type Content = { method: 'GET' | 'POST'; body: OutboundRequest['body'] | null };
export type Frame = Omit<OutboundRequest, 'body'>;

type Exchange = {
  send(url: URL): Promise<OutboundResult>;
  /** Rejects the promise of `send`, and releases the connection; an answer whose status is known counts. */
  cut(reason: Error): void;
};

/** Sends one request, and once more where that does no harm: a connection that was kept open may end meanwhile. */
export function createExchange(
  { agent, connector }: TlsPool,
  { headers, maxResponseBytes }: Frame,
  { method, body }: Content,
): Exchange {
  let controller: Dispatcher.DispatchController | undefined;
  let cutFor: Error | undefined;
  let onCut: ((reason: Error) => void) | undefined;

  const attempt = async (url: URL) =>
    await new Promise<OutboundResult>((resolve, reject) => {
      let isFirstOnConnection = false;
      let isAnswered = false;
      let isStarted = false;
      const leave = (): void => controller?.abort(new Error('enough'));
      const answer = collectAnswer(maxResponseBytes, resolve, leave);
      onCut = (reason) => {
        if (answer.hasStatus()) answer.end('its body had not ended when its time was over');
        else reject(reason);
      };
      agent.dispatch(
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method,
          headers: { 'accept-encoding': 'identity', ...headers },
          body,
        },
        {
          onRequestStart(given) {
            controller = given;
            isFirstOnConnection = connector.isHandingOver();
            // Skips the request; aborting it would also close the connection.
            if (cutFor) throw cutFor;
            isStarted = true;
          },
          // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells of a 100 or a 101
          onResponseStarted() {
            isAnswered = true;
          },
          onResponseStart(_controller, status, answered) {
            if (status >= 200) answer.begin(status, answered);
          },
          onResponseData(_controller, chunk) {
            answer.add(chunk);
          },
          onResponseEnd: () => answer.end(),
          onResponseError(_controller, error) {
            const { code = '' }: NodeJS.ErrnoException = error;
            if (answer.hasStatus()) answer.end(`its body broke off: ${explainFailure(error)}`);
            else if (!isFirstOnConnection && !isAnswered && CONNECTION_LOST.has(code))
              reject(new StaleConnection(error, isStarted));
            else reject(error);
          },
        },
      );
    });

  return {
    async send(url) {
      try {
        return await attempt(url);
      } catch (error) {
        const mayRepeat =
          error instanceof StaleConnection && (method === 'GET' || !error.isStarted) && !cutFor;
        if (!mayRepeat) throw error;
      }
      return await attempt(url);
    },
    cut(reason) {
      cutFor = reason;
      onCut?.(reason);
      controller?.abort(reason);
    },
  };
}

/** The server closed an idle connection while a request was being sent on it. */
export class StaleConnection extends Error {
  /** Whether some of the request may have arrived. */
  readonly isStarted: boolean;

  constructor(cause: Error, isStarted: boolean) {
    super('The idle connection was closed.', { cause });
    this.isStarted = isStarted;
  }
}

const CONNECTION_LOST = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
