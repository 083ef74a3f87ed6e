import { type ServerResponse } from 'node:http';
import { fitsStream, type StreamQuery } from '@calseta/common';
import { type AlertChange, type ChangePosition, isBefore } from '@calseta/database';
import { SECURITY_HEADERS } from '@calseta/platform';
import { eventIdOf, writeChange, writeEvent, writeHeartbeat } from './write-event.js';

/** Why a stream is ended by us; a client may connect again unless its key is refused. */
export const END_REASONS = {
  key_refused: 'The API key was revoked, has expired or lost its scope.',
  slow_reader: 'Too much was left unread. Connect again with the last id, and read faster.',
  server_stopping: 'This process stops. Connect again with the last id.',
} as const;
export type EndReason = keyof typeof END_REASONS;

export interface StreamClient {
  readonly position: ChangePosition;
  isClosed(): boolean;
  /** Sends those of the changes that are new to the client and fit its filters. */
  send(changes: readonly AlertChange[], position: ChangePosition): void;
  heartbeat(): void;
  tellLagging(heldBackMs: number): void;
  /** Ends the stream when the client has left too many bytes unread. */
  checkUnread(): void;
  /** Resolves once the client has read what was sent, or is gone; ends the stream of one that does not read. */
  drained(): Promise<void>;
  end(reason: EndReason): void;
}

/** After this time an EventSource connects again. */
const RETRY_MS = 2_000;
/** Time in which a client has to read on while it catches up, and to take its last event, ms. */
const READ_TIMEOUT_MS = 20_000;

/** Writes the events of one stream. */
export function createStreamClient(
  res: ServerResponse,
  options: {
    query: StreamQuery;
    position: ChangePosition;
    maxUnreadBytes: number;
    onEnd: (reason: EndReason) => void;
  },
): StreamClient {
  let { position } = options;
  let isOver = false;
  res.writeHead(200, {
    ...SECURITY_HEADERS,
    'Content-Type': 'text/event-stream; charset=utf-8',
    'X-Accel-Buffering': 'no',
  });
  const ready = { position: eventIdOf(position) };
  res.write(`retry: ${RETRY_MS}\n${writeEvent('ready', ready, ready.position)}`);

  const client: StreamClient = {
    get position() {
      return position;
    },
    isClosed: () => isOver || res.destroyed,
    send(changes, behind) {
      let text = '';
      for (const change of changes) {
        if (!isBefore(position, change.position)) continue;
        if (fitsStream(options.query, change.kind, change.alert)) text += writeChange(change);
      }
      if (isBefore(position, behind)) position = behind;
      if (text !== '' && !client.isClosed()) res.write(text);
    },
    heartbeat() {
      if (!client.isClosed()) res.write(writeHeartbeat(position));
    },
    tellLagging(heldBackMs) {
      const data = { held_back_seconds: Math.round(heldBackMs / 1_000) };
      if (!client.isClosed()) res.write(writeEvent('lagging', data));
    },
    checkUnread() {
      if (res.writableLength > options.maxUnreadBytes) client.end('slow_reader');
    },
    async drained() {
      if (!res.writableNeedDrain || client.isClosed()) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => client.end('slow_reader'), READ_TIMEOUT_MS);
        const done = (): void => {
          clearTimeout(timer);
          res.off('drain', done).off('close', done);
          resolve();
        };
        res.once('drain', done).once('close', done);
      });
    },
    end(reason) {
      if (client.isClosed()) return;
      isOver = true;
      options.onEnd(reason);
      res.end(writeEvent('end', { reason, detail: END_REASONS[reason] }));
      const timer = setTimeout(() => res.destroy(), READ_TIMEOUT_MS).unref();
      res.once('close', () => clearTimeout(timer));
    },
  };
  return client;
}
