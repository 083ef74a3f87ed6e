import { type Writable } from 'node:stream';

/**
 * Sends everything written in one event-loop turn in one system call; amqplib writes each message and ack to the socket
 * separately.
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
