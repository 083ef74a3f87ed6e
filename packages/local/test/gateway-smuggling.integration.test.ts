import { afterEach, describe, expect, test } from '@jest/globals';
import { askRaw, openRaw } from './support/raw-connection.js';
import { bodyOf, closeAll, gatewayTo, startService } from './support/servers.js';

afterEach(closeAll);

/** The bytes with which an attacker wants another client's request to begin. */
const STOLEN = 'GET /stolen HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6\r\nX-Rest: ';
/** Requests of the honest client beside each round of attacks, and after it. */
const VICTIM_REQUESTS = 5;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

const HEADERS = 'Host: x\r\nAuthorization: Bearer k\r\nContent-Type: text/plain\r\nX-Own: 1\r\n';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Headers that must not be removed from a request, and others that may be. */
const ESSENTIAL = [
  'content-length',
  'transfer-encoding',
  'host',
  'authorization',
  'content-type',
  'content-encoding',
  'expect',
  'x-forwarded-for',
  'x-forwarded-host',
];
const OPTIONAL = ['keep-alive', 'te', 'upgrade', 'connection', 'x-own', 'proxy-connection'];

/** Ways to write a Connection header that names another header. */
const SPELLINGS: ((name: string) => string)[] = [
  (name) => `Connection: ${name}`,
  (name) => `connection: keep-alive,\t${name.toUpperCase()} ,`,
  (name) => `Connection: keep-alive\r\nCONNECTION: ${name}`,
];

type Framing = { name: string; isSound: boolean; lines: string; content: string; body?: string };
const sound = (name: string, lines: string, content: string, body: string): Framing => ({
  name,
  isSound: true,
  lines,
  content,
  body,
});
const unsound = (name: string, lines: string, content: string): Framing => ({
  name,
  isSound: false,
  lines,
  content,
});
const LENGTH = `Content-Length: ${STOLEN.length}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const CHUNKS = `${chunk(STOLEN)}0\r\n\r\n`;
const FRAMINGS: Framing[] = [
  sound('no body', '', '', ''),
  sound('a length', LENGTH, STOLEN, STOLEN),
  sound('chunks', CHUNKED, CHUNKS, STOLEN),
  sound('Chunked', 'Transfer-Encoding: Chunked\r\n', CHUNKS, STOLEN),
  sound('trailers', `${CHUNKED}Trailer: x-t\r\n`, `${chunk(STOLEN)}0\r\nX-T: 1\r\n\r\n`, STOLEN),
  unsound('a length and chunks', `Content-Length: 5\r\n${CHUNKED}`, CHUNKS),
  unsound('chunks and a length', `${CHUNKED}Content-Length: 5\r\n`, CHUNKS),
  unsound('two lengths', `Content-Length: 0\r\n${LENGTH}`, STOLEN),
  unsound('the same length twice', LENGTH + LENGTH, STOLEN),
  unsound('a list of lengths', `Content-Length: ${STOLEN.length}, 0\r\n`, STOLEN),
  unsound('a signed length', `Content-Length: +${STOLEN.length}\r\n`, STOLEN),
  unsound('chunked twice', CHUNKED + CHUNKED, CHUNKS),
  unsound('a coding before chunked', 'Transfer-Encoding: gzip, chunked\r\n', CHUNKS),
  unsound('a coding after chunked', 'Transfer-Encoding: chunked, identity\r\n', CHUNKS),
  unsound('an unknown coding', 'Transfer-Encoding: xchunked\r\n', CHUNKS),
  unsound('a vertical tab', 'Transfer-Encoding: \vchunked\r\n', CHUNKS),
  unsound('a space before the colon', `Content-Length : ${STOLEN.length}\r\n`, STOLEN),
  unsound('a folded coding', 'Transfer-Encoding:\r\n chunked\r\n', CHUNKS),
  unsound('a folded header', `X-Fold: a\r\n b\r\n${LENGTH}`, STOLEN),
  unsound('bare line feeds', `X-Fold: a\n${LENGTH}`, STOLEN),
  unsound('a chunk that is longer', CHUNKED, `5\r\n${STOLEN}\r\n0\r\n\r\n`),
  unsound('a chunk of 0x5', CHUNKED, '0x5\r\nabcde\r\n0\r\n\r\n'),
  unsound('a negative chunk', CHUNKED, '-5\r\nabcde\r\n0\r\n\r\n'),
  unsound('a chunk beyond all numbers', CHUNKED, 'fffffffffffffffff\r\nabcde\r\n0\r\n\r\n'),
  unsound('an extension that ends early', CHUNKED, `5;a\nabcde\r\n0\r\n\r\n`),
];

type Seen = { id: string; method: string; body: string; framings: number; names: string[] };

/** Answers with the requested path, and keeps the requests that arrived completely. */
async function startEcho() {
  const seen: Seen[] = [];
  const service = await startService((request, response) => {
    const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
    const lower = names.map((name) => name.toLowerCase());
    void bodyOf(request).then(
      (body) => {
        seen.push({
          id: request.url ?? '',
          method: request.method ?? '',
          body,
          framings: lower.filter((name) => /^(content-length|transfer-encoding)$/.test(name))
            .length,
          names: lower,
        });
        response.end(request.url);
      },
      () => undefined,
    );
  });
  return { url: service.url, seen };
}

/** A client with a kept connection, which must get the answers to its own requests. */
async function startVictim(port: number) {
  const connection = await openRaw(port);
  let count = 0;
  return {
    async ask(times: number) {
      const last = count + times;
      while (count < last) {
        const path = `/victim/${(count += 1)}`;
        connection.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
        const answer = await connection.next();
        expect([answer?.status, answer?.body]).toEqual([200, path]);
      }
    },
    end: () => connection.reset(),
  };
}

describe('requests that are meant to be read in two ways', () => {
  test.each(METHODS)(
    'by %s harm nobody',
    async (method) => {
      const echo = await startEcho();
      const { port } = await gatewayTo({ api: [echo.url], ingest: [echo.url] });
      const victim = await startVictim(port);
      let count = 0;
      for (const [index, name] of ['', ...ESSENTIAL, ...OPTIONAL].entries()) {
        const spell = SPELLINGS[index % SPELLINGS.length]!;
        const named = name === '' ? '' : `${spell(name)}\r\n`;
        const attack = async (framing: Framing) => {
          const path = `/attack/${(count += 1)}`;
          const head = `${method} ${path} HTTP/1.1\r\n${HEADERS}${named}${framing.lines}\r\n`;
          const answer = await askRaw(port, head + framing.content, method !== 'HEAD');
          const isSound = framing.isSound && !ESSENTIAL.includes(name);
          const reached = echo.seen.filter(({ id }) => id === path).map(({ body }) => body);
          expect({ name, framing: framing.name, status: answer?.status, reached }).toEqual({
            name,
            framing: framing.name,
            status: isSound ? 200 : 400,
            reached: isSound ? [framing.body] : [],
          });
        };
        await Promise.all([...FRAMINGS.map(attack), victim.ask(VICTIM_REQUESTS)]);
        await victim.ask(VICTIM_REQUESTS);
      }
      victim.end();
      expect(echo.seen.filter(({ id }) => !/^\/(attack|victim|readyz)/.test(id))).toEqual([]);
      expect(echo.seen.filter(({ framings }) => framings > 1)).toEqual([]);
      expect(
        echo.seen.every(({ names }) => !names.includes('te') && !names.includes('trailer')),
      ).toBe(true);
    },
    60_000,
  );
});
