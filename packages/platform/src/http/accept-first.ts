import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Turns of the event loop in a row in which no request is served, as long as each brings a connection. */
export const MAX_ACCEPTING_TURNS = 64;

const arrivals = new WeakMap<IncomingMessage, number>();

/** When a request came, as performance.now() tells it: before it waited to be served. */
export const arrivalOf = (req: IncomingMessage): number => arrivals.get(req) ?? performance.now();

/**
 * Serves the requests of a server in the order that they came, and after the connections that wait. Since libuv
 * 1.45 Node accepts one connection in a turn of the event loop: in a busy process, whose turns are long, those
 * who are not connected yet would wait for the sake of those who are. Whoever has left before their turn is
 * passed over.
 */
export function acceptFirst(
  server: Pick<Server, 'on'>,
  serve: (req: IncomingMessage, res: ServerResponse) => void,
): void {
  let waiting: [IncomingMessage, ServerResponse][] = [];
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
    const isAccepting = hasAccepted && acceptingTurns < MAX_ACCEPTING_TURNS;
    hasAccepted = false;
    acceptingTurns = isAccepting ? acceptingTurns + 1 : 0;
    if (!isAccepting) {
      const next = waiting;
      waiting = [];
      for (const [req, res] of next) if (!res.destroyed) serve(req, res);
    }
    if (waiting.length > 0) schedule();
  }
  server.on('connection', () => (hasAccepted = true));
  server.on('request', (req, res) => {
    arrivals.set(req, performance.now());
    waiting.push([req, res]);
    schedule();
  });
}
