import { type Writable } from 'node:stream';

/**
 * amqplib hands each message and ack to its socket by itself. From here on, what is written in one turn
 * leaves in one system call, which also reaches the broker as one piece.
 */
export function writeTogether(stream: Writable): void {
  const write = stream.write.bind(stream) as (chunk: Uint8Array) => boolean;
  let isCorked = false;
  stream.write = (chunk: Uint8Array): boolean => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      process.nextTick(() => {
        isCorked = false;
        stream.uncork();
      });
    }
    return write(chunk);
  };
}
