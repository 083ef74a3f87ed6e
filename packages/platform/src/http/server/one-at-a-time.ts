import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { controlInflow, type Inflow } from './control-inflow.js';

type Exchange = [request: IncomingMessage, response: ServerResponse];

type Line = {
  underWay: Exchange | undefined;
  waiting: Exchange[];
  inflow: Inflow;
  whenAnswered: (() => void) | undefined;
};

export type OneAtATimeOptions = {
  /** Starts a request; the next one of its connection starts when its answer is read. */
  begin: (request: IncomingMessage, response: ServerResponse) => void;
  /** Maximum number of waiting requests over all connections; beyond this, the connection with the most is closed. */
  maxWaiting: number;
  cut: (socket: Socket) => void;
  onWaiting: (count: number) => void;
};

/** The request queues of all connections. */
export interface Lines {
  /** Connections with unanswered requests or unread answers. */
  busyCount(): number;
  /** The request in progress on a connection, with its response. */
  underWay(socket: Socket): Readonly<Exchange> | undefined;
  /** Stops reading; calls back when all earlier requests are answered. */
  whenAnswered(socket: Socket, callback: () => void): void;
}

/**
 * Handles one request per connection at a time: a pipelined request waits until the previous answer is read (RFC 9112,
 * 9.3.2), and while one waits, the connection is not read.
 */
export function oneAtATime(
  server: Pick<Server, 'on'>,
  { begin, maxWaiting, cut, onWaiting }: OneAtATimeOptions,
): Lines {
  const lines = new Map<Socket, Line>();
  let busyCount = 0;
  let waitingCount = 0;

  function count(change: number): void {
    if (change === 0) return;
    waitingCount += change;
    onWaiting(waitingCount);
  }

  function start(line: Line, exchange: Exchange): void {
    const [request, response] = exchange;
    line.underWay = exchange;
    response.once('close', () => follow(request.socket, line));
    begin(request, response);
  }

  function follow(socket: Socket, line: Line): void {
    // Node sends no more answers on a connection that is ending.
    const next = socket.writable ? line.waiting.shift() : undefined;
    if (!next) {
      rest(line);
      if (line.whenAnswered) line.whenAnswered();
      else line.inflow.goOn();
      return;
    }
    count(-1);
    // Clears the time-out of the previous answer.
    socket.setTimeout(0);
    const isWhole = next[0].complete;
    if (!isWhole) line.inflow.goOn();
    start(line, next);
  }

  function rest(line: Line): void {
    if (!line.underWay) return;
    line.underWay = undefined;
    busyCount -= 1;
    count(-line.waiting.splice(0).length);
  }

  function cutLongest(): void {
    const longest = longestOf(lines);
    if (!longest) return;
    rest(longest[1]);
    cut(longest[0]);
  }

  server.on('connection', (socket) => {
    const line = newLine(socket);
    lines.set(socket, line);
    socket.once('close', () => {
      rest(line);
      lines.delete(socket);
    });
  });
  server.on('request', (request, response) => {
    const { socket } = request;
    const line = lines.get(socket);
    // Such requests were parsed together with the ones that closed the connection.
    if (!line || socket.destroyed) return;
    if (!line.underWay) {
      busyCount += 1;
      start(line, [request, response]);
      return;
    }
    line.waiting.push([request, response]);
    count(1);
    line.inflow.halt();
    if (waitingCount > maxWaiting) cutLongest();
  });

  return {
    busyCount: () => busyCount,
    underWay: (socket) => lines.get(socket)?.underWay,
    whenAnswered(socket, callback) {
      const line = lines.get(socket);
      if (!line?.underWay) {
        callback();
        return;
      }
      line.whenAnswered = callback;
      line.inflow.halt();
    },
  };
}

const newLine = (socket: Socket): Line => ({
  underWay: undefined,
  waiting: [],
  inflow: controlInflow(socket),
  whenAnswered: undefined,
});

/** The connection with the most waiting requests, if any waits. */
function longestOf(lines: ReadonlyMap<Socket, Line>): [Socket, Line] | undefined {
  let longest: [Socket, Line] | undefined;
  for (const [socket, line] of lines) {
    if (line.waiting.length > (longest?.[1].waiting.length ?? 0)) longest = [socket, line];
  }
  return longest;
}
