import { type Socket } from 'node:net';

/**
 * Bytes that a connection's parser gets at once: a few ordinary requests, or 80 of the smallest. Node itself parses
 * everything it has read, 64 KiB, before anyone can stop it.
 */
export const PIECE_BYTES = 2_048;

/** Input of one HTTP connection. */
export interface Inflow {
  /** Stops the parser after its current piece; reading stops when the buffer is full. */
  halt(): void;
  goOn(): void;
}

/** Takes control of the parser's input; called after the server received the connection. */
export function controlInflow(socket: Socket): Inflow {
  const [parse] = socket.listeners('data') as ((piece: Buffer) => void)[];
  // The first listener is the socket's own.
  const end = socket.listeners('end').at(-1) as (() => void) | undefined;
  let isHalted = false;
  let hasEnded = false;

  function onData(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      if (socket.destroyed) return;
      if (isHalted || socket.isPaused()) {
        socket.pause();
        socket.unshift(bytes.subarray(start));
        return;
      }
      parse?.call(socket, bytes.subarray(start, start + PIECE_BYTES));
    }
  }
  function onEnd(): void {
    // After that, Node sends no more answers.
    if (isHalted) hasEnded = true;
    else end?.call(socket);
  }
  // Node resumes by itself after each parsed request and after writing.
  function onResume(): void {
    if (isHalted) socket.pause();
  }
  if (parse && end) {
    socket.on('data', onData).off('data', parse);
    socket.on('end', onEnd).off('end', end);
    socket.on('resume', onResume);
  }

  return {
    halt() {
      isHalted = true;
      socket.pause();
    },
    goOn() {
      if (!isHalted) return;
      isHalted = false;
      if (hasEnded) end?.call(socket);
      else socket.resume();
    },
  };
}
