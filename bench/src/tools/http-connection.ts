import { connect, type Socket } from 'node:net';

export type HttpAnswer = { status: number; hasRetryAfter: boolean; body: string };

/** No answer: refused, reset, cut or too late. */
const NO_ANSWER: HttpAnswer = { status: 0, hasRetryAfter: false, body: '' };
const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: (\d+)/i;
const RETRY_AFTER = /\r\nretry-after: \d/i;
const CLOSE = /\r\nconnection: close/i;

/**
 * One kept-alive HTTP/1.1 connection with one request at a time. It parses only what is needed to count
 * answers, so that the measuring side uses as little of the machine as possible.
 */
export class HttpConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #received = '';
  #settle: ((answer: HttpAnswer) => void) | undefined;

  constructor(url: string, timeoutMs: number) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
    this.#timeoutMs = timeoutMs;
  }

  send(request: string): Promise<HttpAnswer> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#received = '';
      this.#open().write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    if (this.#socket && !this.#socket.destroyed) return this.#socket;
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    socket.setEncoding('latin1');
    socket.setTimeout(this.#timeoutMs, () => socket.destroy());
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket === socket) this.#finish(NO_ANSWER);
    });
    this.#socket = socket;
    return socket;
  }

  #read(chunk: string): void {
    this.#received += chunk;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const bodyStart = headEnd + HEAD_END.length;
    const length = Number(LENGTH.exec(head)?.[1] ?? 0);
    if (this.#received.length < bodyStart + length) return;
    if (CLOSE.test(head)) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    this.#finish({
      status: Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)),
      hasRetryAfter: RETRY_AFTER.test(head),
      body: this.#received.slice(bodyStart, bodyStart + length),
    });
  }

  #finish(answer: HttpAnswer): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }
}
