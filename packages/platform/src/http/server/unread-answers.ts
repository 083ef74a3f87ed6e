import { type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

export type UnreadAnswersOptions = {
  /** Maximum number of unread bytes of all answers; beyond this, the oldest answers are cut. */
  maxBytes: number;
  /** Time in which a client must read part of its answer, ms; noticed within twice the time. */
  timeoutMs: number;
  cut: (socket: Socket, why: 'unread_bytes' | 'unread_timeout', unreadBytes: number) => void;
  onBytes: (totalBytes: number) => void;
};

/** Answers in memory that clients have not read yet. */
export interface UnreadAnswers {
  /** Watches what is written to a response from now on. */
  watch(response: ServerResponse, socket: Socket): void;
  /** Cuts answers that have been unread for longer than this. */
  cutOlderThan(ms: number): void;
}

type Entry = { bytes: number; sinceMs: number; socket: Socket; measure: () => void };

/** Limits unread answers in bytes and time. */
export function watchUnreadAnswers(options: UnreadAnswersOptions): UnreadAnswers {
  const { maxBytes, timeoutMs, cut, onBytes } = options;
  /** Oldest first. */
  const unread = new Map<ServerResponse, Entry>();
  let totalBytes = 0;

  function count(change: number): void {
    if (change === 0) return;
    totalBytes += change;
    onBytes(totalBytes);
  }

  function forget(response: ServerResponse): void {
    const entry = unread.get(response);
    if (!entry) return;
    unread.delete(response);
    count(-entry.bytes);
  }

  function end(response: ServerResponse, why: 'unread_bytes' | 'unread_timeout'): void {
    const entry = unread.get(response);
    if (!entry) return;
    forget(response);
    cut(entry.socket, why, entry.bytes);
  }

  /** The newest answer stays, so that an answer larger than the limit can be sent. */
  function cutOldest(except: ServerResponse): void {
    for (const [response, entry] of unread) {
      if (totalBytes <= maxBytes) return;
      if (response === except) continue;
      entry.measure();
      end(response, 'unread_bytes');
    }
  }

  return {
    watch(response, socket) {
      let isWatched = false;

      function measure(): void {
        const isGone = socket.destroyed || response.destroyed;
        const bytes = isGone ? 0 : response.writableLength;
        const entry = unread.get(response);
        if (bytes === 0) {
          if (entry) forget(response);
        } else if (entry) {
          count(bytes - entry.bytes);
          entry.bytes = bytes;
        } else {
          unread.set(response, { bytes, sinceMs: performance.now(), socket, measure });
          count(bytes);
          socket.setTimeout(timeoutMs);
          if (!isWatched) listen();
        }
      }
      function listen(): void {
        isWatched = true;
        response.on('drain', measure);
        response.once('close', () => forget(response));
        // Node restarts the timer while the client reads.
        response.on('timeout', () => {
          measure();
          end(response, 'unread_timeout');
        });
      }
      afterWrites(response, () => {
        measure();
        if (totalBytes > maxBytes) cutOldest(response);
      });
    },
    cutOlderThan(ms) {
      const before = performance.now() - ms;
      for (const [response, entry] of unread) {
        entry.measure();
        if (entry.sinceMs < before) end(response, 'unread_timeout');
      }
    },
  };
}

/** Calls back after each write; patches the object itself, because express replaces its prototype. */
function afterWrites(response: ServerResponse, callback: () => void): void {
  const write = response.write.bind(response) as (...given: unknown[]) => boolean;
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  response.write = (...given: unknown[]) => {
    const hasRoom = write(...given);
    callback();
    return hasRoom;
  };
  response.end = (...given: unknown[]) => {
    end(...given);
    callback();
    return response;
  };
}
