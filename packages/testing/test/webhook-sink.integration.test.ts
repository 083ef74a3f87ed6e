import { describe, expect, test } from '@jest/globals';
import { startWebhookSink, watchForLeaks } from '../src/index.js';

describe('startWebhookSink', () => {
  test('records a request as it came', async () => {
    await using sink = await startWebhookSink();
    const body = '{ "spaced" :  "ünïcode" }';
    await fetch(`${sink.url}/hook?x=1`, { method: 'POST', body, headers: { 'x-id': 'a' } });
    expect(sink.requests).toHaveLength(1);
    expect(sink.requests[0]).toMatchObject({ method: 'POST', path: '/hook?x=1', body });
    expect(sink.requests[0]?.headers['x-id']).toBe('a');
  });

  test('answers as it is told, by request', async () => {
    await using sink = await startWebhookSink();
    sink.respondWith((_, index) => (index === 0 ? { status: 503, headers: { a: 'b' } } : {}));
    const first = await fetch(sink.url);
    expect([first.status, first.headers.get('a')]).toEqual([503, 'b']);
    expect((await fetch(sink.url)).status).toBe(200);
  });

  test('hangs up when told so', async () => {
    await using sink = await startWebhookSink();
    sink.respondWith({ hangUp: true });
    await expect(fetch(sink.url)).rejects.toThrow();
  });
});

describe('watchForLeaks', () => {
  test('passes when everything was closed, and names what was not', async () => {
    const expectNoLeaks = await watchForLeaks(500);
    const sink = await startWebhookSink();
    await expect(expectNoLeaks()).rejects.toThrow('TCPServerWrap');
    await sink.close();
    await expect(expectNoLeaks()).resolves.toBeUndefined();
  });
});
