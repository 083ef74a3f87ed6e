import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** From this many waiting requests on, connections are accepted first. */
export const MANY_REQUESTS = 16;
/** Maximum number of consecutive event-loop turns spent on accepting connections. */
export const MAX_ACCEPTING_TURNS = 64;

const arrivals = new WeakMap<IncomingMessage, number>();

/** Arrival time of a request on the clock of performance.now(), before it waits to be served. */
export const arrivalOf = (req: IncomingMessage): number => arrivals.get(req) ?? performance.now();

/**
 * Creates a listener that serves requests in order of arrival; when many wait, pending connections are accepted first.
 * Since libuv 1.45, Node accepts one connection per event-loop turn, so in a busy process with long turns new clients
 * would wait behind connected ones. A client may leave while it waits; `req.destroyed` is then true.
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
