import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createClient } from './create-client.js';

test.each(['text/event-stream', 'text/event-stream; charset=utf-8'])(
  'does not wait for the end of %s',
  async (type) => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': type }).write(': alive\n\n');
    }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await using client = createClient(`http://127.0.0.1:${port}`, '127.0.0.1');
      const answer = await client.call({ method: 'GET', path: '/' });
      expect([answer.status, answer.text]).toEqual([200, '']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);
