import { type ServerResponse } from 'node:http';
import { AppError, hasScope, isTransient, type Principal, type StreamQuery } from '@calseta/common';
import { type ChangePosition, type ChangeStore } from '@calseta/database';
import { type Authenticator, type RequestContext, type Telemetry } from '@calseta/platform';
import { type ChangeFeed, createChangeFeed, type FEED_TIMES, PAGE_SIZE } from './change-feed.js';
import { createStreamClient, END_REASONS, type StreamClient } from './stream-client.js';
import { type StreamConfig } from './stream-config.js';
import { badEventId, readEventId } from './write-event.js';

export type AlertStreamsDeps = {
  store: ChangeStore;
  authenticator: Pick<Authenticator, 'authenticate'>;
  metrics: Telemetry['metrics'];
  onError: (error: unknown) => void;
  limits: StreamConfig;
  times?: typeof FEED_TIMES;
};

export type OpenStream = {
  res: ServerResponse;
  principal: Principal;
  request: Pick<RequestContext, 'headers' | 'clientAddress'>;
  query: StreamQuery;
};

export interface AlertStreams {
  /** Streams changes until the client leaves or the stream is ended. */
  open(stream: OpenStream): Promise<void>;
  /** Ends all streams, and lets none begin. */
  endStreams(): void;
}

type Place = { keyId: string; authorization: string | undefined; clientAddress: string };

/** A key that is revoked or expired ends its streams within about twice this time. */
const KEY_CHECK_MS = 1_000;
const SCOPE = 'alerts:read';

/** The streams of this process: bounded in number, all fed by one poll. */
export function createAlertStreams(deps: AlertStreamsDeps): AlertStreams {
  const { store, limits, authenticator, metrics, onError } = deps;
  const places = new Map<Place, StreamClient | undefined>();
  let isEnding = false;
  const { open, heldBack, ended } = metricsOf(metrics);
  const feed = createChangeFeed({
    store,
    onError,
    onHeldBack: (ms) => heldBack.set({}, ms / 1_000),
    ...(deps.times && { times: deps.times }),
  });
  const clients = (): StreamClient[] => [...places.values()].flatMap((one) => one ?? []);
  const timers = createTimers([
    [
      limits.STREAM_HEARTBEAT_MS,
      () => {
        for (const client of clients()) {
          client.checkUnread();
          client.heartbeat();
        }
      },
    ],
    [
      KEY_CHECK_MS,
      () => {
        for (const [place, client] of places) void checkKey(authenticator, place, client);
      },
    ],
  ]);

  function takePlace(place: Place): void {
    const own = [...places.keys()].filter(({ keyId }) => keyId === place.keyId).length;
    if (isEnding) throw new AppError('service.unavailable', 'The process is stopping.');
    if (own >= limits.STREAMS_MAX_PER_KEY || places.size >= limits.STREAMS_MAX) {
      throw new AppError('service.overloaded', 'Too many streams are open.', {
        retryAfterSeconds: 5,
      });
    }
    places.set(place, undefined);
    open.set({}, places.size);
    timers.run(true);
  }

  function leavePlace(place: Place): void {
    places.delete(place);
    open.set({}, places.size);
    timers.run(places.size > 0);
  }

  return {
    async open({ res, principal, request, query }) {
      const { authorization } = request.headers;
      const { clientAddress } = request;
      const place: Place = { keyId: principal.keyId, authorization, clientAddress };
      takePlace(place);
      try {
        const position = await startOf(store, request.headers['last-event-id']);
        const closed = new Promise<void>((resolve) => res.once('close', resolve));
        if (res.destroyed) return;
        const client = createStreamClient(res, {
          query,
          position,
          maxUnreadBytes: limits.STREAM_MAX_UNREAD_BYTES,
          onEnd: (reason) => ended.inc({ reason }),
        });
        places.set(place, client);
        if (isEnding) client.end('server_stopping');
        const leave = await follow(client, store, feed);
        await closed;
        leave();
      } finally {
        leavePlace(place);
      }
    },
    endStreams() {
      isEnding = true;
      for (const client of clients()) client.end('server_stopping');
      feed.stop();
      timers.run(false);
    },
  };
}

const metricsOf = (metrics: Telemetry['metrics']) => ({
  open: metrics.gauge('calseta_streams', 'Streams of alert changes that are open.', []),
  heldBack: metrics.gauge(
    'calseta_stream_held_back_seconds',
    'Time for which an open transaction has kept changes from the streams.',
    [],
  ),
  ended: metrics.counter(
    'calseta_streams_ended_total',
    'Streams that were ended by this process, by why.',
    { reason: Object.keys(END_REASONS) },
  ),
});

/** Ends the stream of a key that would be refused now. */
async function checkKey(
  authenticator: AlertStreamsDeps['authenticator'],
  { authorization, clientAddress }: Place,
  client: StreamClient | undefined,
): Promise<void> {
  try {
    const { scopes } = await authenticator.authenticate(authorization, clientAddress);
    if (!hasScope(scopes, SCOPE)) client?.end('key_refused');
  } catch (error) {
    if (error instanceof AppError && !isTransient(error)) client?.end('key_refused');
  }
}

/** Reads on from where a client stands until the feed can take over; returns what takes it off the feed. */
async function follow(
  client: StreamClient,
  store: Pick<ChangeStore, 'read'>,
  feed: ChangeFeed,
): Promise<() => void> {
  const listener = {
    onChanges: (...page: Parameters<StreamClient['send']>) => {
      // What was sent before must have been read by now; what is sent now need not be.
      client.checkUnread();
      client.send(...page);
    },
    onLagging: client.tellLagging,
  };
  while (!client.isClosed()) {
    const isComplete = await sendNext(client, store);
    await client.drained();
    if (isComplete && feed.join(listener, client.position)) break;
  }
  return () => feed.leave(listener);
}

/** Sends what comes next, and holds none of it; true where nothing follows. */
async function sendNext(client: StreamClient, store: Pick<ChangeStore, 'read'>): Promise<boolean> {
  const { changes, position, isComplete } = await store.read(client.position, PAGE_SIZE);
  client.send(changes, position);
  return isComplete;
}

/** Where a stream begins: behind its last event, else behind what is committed now. */
async function startOf(
  store: Pick<ChangeStore, 'readEnd'>,
  lastEventId: string | string[] | undefined,
): Promise<ChangePosition> {
  const given = lastEventId === undefined ? undefined : readEventId(String(lastEventId));
  const { position, nextTransactionId } = await store.readEnd();
  if (given && given.transactionId > nextTransactionId) {
    throw badEventId('is of another database, or of one that was restored since');
  }
  return given ?? position;
}

/** Works that are done again and again, but only while they are to run. */
function createTimers(works: readonly (readonly [ms: number, work: () => void])[]) {
  let timers: NodeJS.Timeout[] = [];
  return {
    run(isWanted: boolean): void {
      if (isWanted === timers.length > 0) return;
      for (const timer of timers) clearInterval(timer);
      timers = isWanted ? works.map(([ms, work]) => setInterval(work, ms).unref()) : [];
    },
  };
}
