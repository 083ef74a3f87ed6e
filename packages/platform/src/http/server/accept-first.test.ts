import { EventEmitter } from 'node:events';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { acceptFirst, arrivalOf, MANY_REQUESTS, MAX_ACCEPTING_TURNS } from './accept-first.js';

let server: EventEmitter;
let served: number[];
let listener: ReturnType<typeof acceptFirst>;

beforeEach(() => {
  server = new EventEmitter();
  served = [];
  listener = acceptFirst(server as never, (req) =>
    served.push((req as unknown as { number: number }).number),
  );
});

function request(number: number): IncomingMessage {
  const [req, res] = [{ number }, {}] as unknown as [IncomingMessage, ServerResponse];
  listener(req, res);
  return req;
}

const many = Array.from({ length: MANY_REQUESTS }, (_, index) => index);

describe('requests', () => {
  test('are served in the order that they came', async () => {
    [1, 2].forEach(request);
    await nextTurn();
    request(3);
    await nextTurn();
    expect(served).toEqual([1, 2, 3]);
  });

  test('that are many wait while each turn brings a connection, for so many turns', async () => {
    many.forEach(request);
    for (let turn = 0; turn < MAX_ACCEPTING_TURNS; turn += 1) {
      server.emit('connection');
      await nextTurn();
      expect(served).toEqual([]);
    }
    server.emit('connection');
    await nextTurn();
    expect(served).toEqual(many);
  });

  test('that are many are served in the turn that brings no connection', async () => {
    many.forEach(request);
    server.emit('connection');
    await nextTurn();
    expect(served).toEqual([]);
    await nextTurn();
    expect(served).toEqual(many);
  });

  test('that are few wait for no connection', async () => {
    const few = many.slice(1);
    few.forEach(request);
    server.emit('connection');
    await nextTurn();
    expect(served).toEqual(few);
  });

  test('are known by when they came', async () => {
    const before = performance.now();
    const req = request(1);
    const after = performance.now();
    await nextTurn();
    expect(arrivalOf(req)).toBeGreaterThanOrEqual(before);
    expect(arrivalOf(req)).toBeLessThanOrEqual(after);
  });
});
