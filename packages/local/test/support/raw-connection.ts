import { once } from 'node:events';
import { connect } from 'node:net';

export type RawAnswer = { status: number; head: string; body: string };

export type RawConnection = {
  send: (text: string) => void;
  /** The next answer; undefined when the connection ends without a complete one. */
  next: (hasBody?: boolean) => Promise<RawAnswer | undefined>;
  /** Resolves when the connection is closed. */
  closed: Promise<void>;
  stopReading: () => void;
  reset: () => void;
};

/** A connection to a port of this machine that sends the given text, HTTP or not. */
export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let hasEnded = false;
  let wake: () => void = () => undefined;
  const end = () => {
    hasEnded = true;
    wake();
  };
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    wake();
  });
  socket.on('end', end);
  socket.on('error', end);
  socket.on('close', end);
  await once(socket, 'connect');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));

  function takeAnswer(hasBody: boolean): RawAnswer | undefined {
    const headLength = received.indexOf('\r\n\r\n') + 4;
    if (headLength < 4) return undefined;
    const head = received.slice(0, headLength);
    const length = hasBody ? Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0) : 0;
    if (received.length < headLength + length) return undefined;
    const body = received.slice(headLength, headLength + length);
    received = received.slice(headLength + length);
    return { status: Number(head.split(' ', 2)[1]), head, body };
  }
  return {
    send: (text) => void socket.write(text, 'latin1'),
    async next(hasBody = true) {
      for (;;) {
        const answer = takeAnswer(hasBody);
        if (answer || hasEnded) return answer;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    closed,
    stopReading: () => void socket.pause(),
    reset: () => void socket.resetAndDestroy(),
  };
}

/** Sends a text over a new connection, and resolves with the first answer. */
export async function askRaw(port: number, text: string, hasBody = true) {
  const connection = await openRaw(port);
  try {
    connection.send(text);
    return await connection.next(hasBody);
  } finally {
    connection.reset();
  }
}
