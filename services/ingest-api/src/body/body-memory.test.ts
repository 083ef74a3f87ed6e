import { type IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createBodyMemory } from './body-memory.js';

const MAX_BYTES = 1_000;
const OVERLOADED = { code: 'service.overloaded' };

const aRequest = (headers: Record<string, string> = {}) =>
  Object.assign(new PassThrough(), { headers });

describe('the memory of bodies', () => {
  const memory = createBodyMemory(MAX_BYTES);
  const lengthOf = async (request: PassThrough, holdBytes = 0): Promise<number> =>
    await memory.withBody(request as unknown as IncomingMessage, async (body, holdInAll) => {
      holdInAll(holdBytes);
      return await Promise.resolve(body.length);
    });
  const send = async (bytes: number, holdBytes?: number): Promise<number> => {
    const request = aRequest();
    request.end(Buffer.alloc(bytes));
    return await lengthOf(request, holdBytes);
  };

  test.each([{}, { 'content-encoding': 'gzip' }, { 'content-length': String(MAX_BYTES) }])(
    'is taken as bytes arrive, not by who may send more: %j',
    async (headers) => {
      const idle = Array.from({ length: 6 }, () => aRequest(headers));
      const pending = Promise.allSettled(idle.map(async (request) => await lengthOf(request)));
      for (const request of idle) request.write('{');
      await expect(send(MAX_BYTES - idle.length)).resolves.toBe(MAX_BYTES - idle.length);
      for (const request of idle) request.end();
      await pending;
    },
  );

  test('is bounded over all bodies, and free again when they are done', async () => {
    const first = aRequest();
    const pending = lengthOf(first);
    first.write(Buffer.alloc(600));
    await expect(send(401)).rejects.toMatchObject(OVERLOADED);
    first.end(Buffer.alloc(400));
    await expect(pending).resolves.toBe(MAX_BYTES);
    await expect(send(MAX_BYTES)).resolves.toBe(MAX_BYTES);
  });

  test('counts what is inflated', async () => {
    const bomb = aRequest({ 'content-encoding': 'gzip' });
    bomb.end(gzipSync(Buffer.alloc(MAX_BYTES + 1)));
    await expect(lengthOf(bomb)).rejects.toMatchObject(OVERLOADED);
    await expect(send(MAX_BYTES)).resolves.toBe(MAX_BYTES);
  });

  test('counts what is made of a body, where that is more', async () => {
    await expect(send(600, MAX_BYTES)).resolves.toBe(600);
    await expect(send(600, MAX_BYTES + 1)).rejects.toMatchObject(OVERLOADED);
    await expect(send(MAX_BYTES)).resolves.toBe(MAX_BYTES);
  });
});
