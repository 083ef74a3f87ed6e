import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { acceptFirst, arrivalOf, MAX_ACCEPTING_TURNS } from './accept-first.js';

let server: EventEmitter;
let served: number[];

beforeEach(() => {
  server = new EventEmitter();
  served = [];
  acceptFirst(server as never, (req) => served.push((req as unknown as { number: number }).number));
});

function request(number: number): { req: IncomingMessage; res: ServerResponse } {
  const [req, res] = [{ number }, { destroyed: false }] as unknown as [
    IncomingMessage,
    ServerResponse,
  ];
  server.emit('request', req, res);
  return { req, res };
}

describe('requests', () => {
  test('are served in the order that they came', async () => {
    [1, 2].forEach(request);
    await nextTurn();
    request(3);
    await nextTurn();
    expect(served).toEqual([1, 2, 3]);
  });

  test('wait while each turn brings a connection, for so many turns', async () => {
    request(1);
    for (let turn = 0; turn < MAX_ACCEPTING_TURNS; turn += 1) {
      server.emit('connection');
      await nextTurn();
      expect(served).toEqual([]);
    }
    server.emit('connection');
    await nextTurn();
    expect(served).toEqual([1]);
  });

  test('are served in the turn that brings no connection', async () => {
    request(1);
    server.emit('connection');
    await nextTurn();
    expect(served).toEqual([]);
    await nextTurn();
    expect(served).toEqual([1]);
  });

  test('of clients that have left are passed over', async () => {
    const { res } = request(1);
    request(2);
    Object.assign(res, { destroyed: true });
    await nextTurn();
    expect(served).toEqual([2]);
  });

  test('are known by when they came', async () => {
    const before = performance.now();
    const { req } = request(1);
    const after = performance.now();
    await nextTurn();
    expect(arrivalOf(req)).toBeGreaterThanOrEqual(before);
    expect(arrivalOf(req)).toBeLessThanOrEqual(after);
  });
});
