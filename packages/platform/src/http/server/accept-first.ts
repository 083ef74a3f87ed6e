import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** So many requests that wait let connections go first; fewer are served at once. */
export const MANY_REQUESTS = 16;
/** Turns of the event loop in a row that connections may take. */
export const MAX_ACCEPTING_TURNS = 64;

const arrivals = new WeakMap<IncomingMessage, number>();

/** When a request came, as performance.now() tells it: before it waited to be served. */
export const arrivalOf = (req: IncomingMessage): number => arrivals.get(req) ?? performance.now();

/**
 * Makes a listener that serves requests in the order that they came; many of them after the connections that wait.
 * Since libuv 1.45 Node accepts one connection in a turn of the event loop: in a busy process, whose turns are
 * long, those who are not connected yet would wait for the sake of those who are. Whoever waits may leave:
 * then `req.destroyed` is true.
 */
export function acceptFirst(
  server: Pick<Server, 'on'>,
  serve: (req: IncomingMessage, res: ServerResponse) => void,
): (req: IncomingMessage, res: ServerResponse) => void {
  const waiting: [IncomingMessage, ServerResponse][] = [];
  let isScheduled = false;
  let hasAccepted = false;
  let acceptingTurns = 0;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(turn);
  }
  function turn(): void {
    isScheduled = false;
    const mayAccept = waiting.length >= MANY_REQUESTS && acceptingTurns < MAX_ACCEPTING_TURNS;
    const mayBeMore = hasAccepted && mayAccept;
    hasAccepted = false;
    if (mayBeMore) {
      acceptingTurns += 1;
      schedule();
      return;
    }
    acceptingTurns = 0;
    for (const [req, res] of waiting.splice(0)) serve(req, res);
  }
  server.on('connection', () => (hasAccepted = true));
  return (req, res) => {
    arrivals.set(req, performance.now());
    waiting.push([req, res]);
    schedule();
  };
}
