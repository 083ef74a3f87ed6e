import { connect, type Socket } from 'node:net';
import { eventually } from '@calseta/testing';
import { ADMIN_KEY, type TestAlertsApi } from './start-alerts-api.js';

export type StreamEvent = { event: string; id: string; data: Record<string, never> };

export type OpenedStream = {
  status: number;
  events: StreamEvent[];
  /** Comments, without their colon. */
  comments: string[];
  lastId: () => string;
  isOver: () => boolean;
  close: () => Promise<void>;
};

type StreamOptions = { query?: string; key?: string; lastEventId?: string };

/** Opens a stream and reads it until it is closed; resolves once `ready` is there, or with a refusal. */
export async function openStream(
  api: Pick<TestAlertsApi, 'url'>,
  { query = '', key = ADMIN_KEY, lastEventId }: StreamOptions = {},
): Promise<OpenedStream> {
  const leaving = new AbortController();
  const response = await fetch(`${api.url}/v1/stream${query}`, {
    signal: leaving.signal,
    headers: {
      authorization: `Bearer ${key}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  });
  const state = { events: [] as StreamEvent[], comments: [] as string[], id: '', isOver: false };
  const reading = read(response, state).catch(() => undefined);
  const close = async () => {
    leaving.abort();
    await reading;
  };
  void reading.then(() => (state.isOver = true));
  if (response.status === 200) {
    await eventually(() => {
      if (state.events.length === 0 && !state.isOver) throw new Error('nothing yet');
    });
  }
  return {
    status: response.status,
    events: state.events,
    comments: state.comments,
    lastId: () => state.id,
    isOver: () => state.isOver,
    close,
  };
}

async function read(
  { body }: Response,
  state: { events: StreamEvent[]; comments: string[]; id: string },
): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) take(block, state);
  }
}

function take(
  block: string,
  state: { events: StreamEvent[]; comments: string[]; id: string },
): void {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    if (name === '') state.comments.push(value);
    else fields.set(name, value);
  }
  state.id = fields.get('id') ?? state.id;
  const data = fields.get('data');
  if (data === undefined) return;
  state.events.push({
    event: fields.get('event') ?? 'message',
    id: state.id,
    data: JSON.parse(data) as never,
  });
}

/** Opens a stream and never reads what it sends; `readAll` reads what is there until the server closes it. */
export async function openUnreadStream(api: Pick<TestAlertsApi, 'url'>): Promise<{
  socket: Socket;
  readAll: () => Promise<string>;
}> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname).pause();
  socket.on('error', () => undefined);
  socket.write(
    `GET /v1/stream HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nConnection: close\r\n\r\n`,
  );
  return await Promise.resolve({
    socket,
    readAll: async () =>
      await new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.once('close', () => resolve(text));
        socket.resume();
      }),
  });
}
