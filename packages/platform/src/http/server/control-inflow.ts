import { type Socket } from 'node:net';

/**
 * Bytes that a connection's parser gets at once: some requests of ordinary size, 80 of the smallest. Node itself
 * parses all that it has read, 64 KiB, before anybody can stop it.
 */
export const PIECE_BYTES = 2_048;

/** What comes over a connection of an HTTP server. */
export interface Inflow {
  /** Lets nothing more reach the parser after the piece that it has, and no more be read than fills a buffer. */
  halt(): void;
  goOn(): void;
}

/** Takes control of what reaches the parser of a connection; called when the server has got it. */
export function controlInflow(socket: Socket): Inflow {
  const [parse] = socket.listeners('data') as ((piece: Buffer) => void)[];
  // The first one is the socket's own.
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
    // Node answers nothing more after that.
    if (isHalted) hasEnded = true;
    else end?.call(socket);
  }
  // Node resumes by itself: after each request that it has parsed, and when it has written.
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
