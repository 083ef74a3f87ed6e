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
  /** Starts on a request; the next one of its connection follows when its answer is read. */
  begin: (request: IncomingMessage, response: ServerResponse) => void;
  /** Requests that wait, over all connections; beyond, the connection with most of them is cut. */
  maxWaiting: number;
  cut: (socket: Socket) => void;
  onWaiting: (count: number) => void;
};

/** What the connections work on. */
export interface Lines {
  /** Connections whose requests are not all answered, or whose answers are not all read. */
  busyCount(): number;
  /** The request that a connection works on, with its response. */
  underWay(socket: Socket): Readonly<Exchange> | undefined;
  /** Calls back when the requests so far are answered, and reads nothing more until then. */
  whenAnswered(socket: Socket, callback: () => void): void;
}

/**
 * Takes the requests of each connection one at a time: a pipelined one waits until the answer before it is read
 * (RFC 9112, 9.3.2), and while one waits, nothing more is read from its connection.
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
    // Node answers nothing more on a connection that ends.
    const next = socket.writable ? line.waiting.shift() : undefined;
    if (!next) {
      rest(line);
      if (line.whenAnswered) line.whenAnswered();
      else line.inflow.goOn();
      return;
    }
    count(-1);
    // The time-out of the answer before this one.
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
    // Parsed together with those that it was cut for.
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

/** The connection with the most requests that wait; undefined when none waits. */
function longestOf(lines: ReadonlyMap<Socket, Line>): [Socket, Line] | undefined {
  let longest: [Socket, Line] | undefined;
  for (const [socket, line] of lines) {
    if (line.waiting.length > (longest?.[1].waiting.length ?? 0)) longest = [socket, line];
  }
  return longest;
}
