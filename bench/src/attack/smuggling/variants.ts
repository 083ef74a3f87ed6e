import fc from 'fast-check';
import { type Framing, ODD, ORDINARY } from './framings.js';

/** All the parts of one attempt to get a request past the gateway. */
export type Variant = {
  method: string;
  path: string;
  version: string;
  /** Header lines that name a host. */
  hosts: readonly string[];
  /** Whether RFC 9112 requires a refusal. */
  isInvalid: boolean;
  /** Headers that the Connection header lists. */
  named: readonly string[];
  connection: string;
  framing: Framing;
  extras: readonly string[];
  inner: Inner;
  hasTail: boolean;
  pause: 'none' | 'after-head' | 'in-body';
};

export type Inner = 'prefix' | 'complete' | 'metrics' | 'post' | 'json';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const PATHS = [
  '/openapi.json', '/docs', '/livez', '/readyz', '/v1/alerts', '/v1/agents', '/v1/nothing',
  '/v1/ingest/generic', '/v1/ingest/generic/token', '/v1/ingest', '*',
  'http://127.0.0.1/v1/alerts', 'http://other.example/v1/ingest/generic', '//other.example/v1/alerts',
  '/metrics', '/metrics/', '//metrics', '/%6detrics', '/./metrics', '/v1/../metrics', '/metrics?a=b',
  '/metrics;a', '/METRICS', '/metrics%20', '/metrics#a', 'http://127.0.0.1/metrics', '/v1/ingest/../../metrics',
  '/\\metrics', '/metrics%2f', 'http://other.example/metrics',
]; // prettier-ignore
const NAMED = [
  'content-length', 'transfer-encoding', 'host', 'authorization', 'expect', 'x-forwarded-for', 'x-forwarded-host',
  'x-request-id', 'cookie', 'te', 'trailer', 'keep-alive', 'upgrade', 'content-type', 'content-encoding', 'connection',
  'close', 'Content-Length', 'proxy-connection', 'x-calseta-signature',
]; // prettier-ignore
const HOSTS: readonly { lines: readonly string[]; isInvalid: boolean }[] = [
  { lines: ['Host: attack'], isInvalid: false },
  { lines: ['Host: attack:1'], isInvalid: false },
  { lines: ['Host: attack', 'Host: attack'], isInvalid: true },
  { lines: ['Host: attack', 'Host: other.example'], isInvalid: true },
  { lines: [], isInvalid: true },
];
const CONNECTIONS = [
  'Connection: <names>',
  'connection: <names>',
  'Connection: keep-alive, <names>',
  'Connection: close, <names>',
  'Connection: keep-alive\r\nConnection: <names>',
  'Connection:\t<names> ,,',
];
const EXTRAS = [
  'Expect: 100-continue',
  'Expect: 200-maybe',
  'X-Forwarded-For: 203.0.113.9',
  'X-Forwarded-For: 203.0.113.9, 203.0.113.10\r\nX-Forwarded-For: 203.0.113.11',
  'X-Real-IP: 203.0.113.9\r\nForwarded: for=203.0.113.9',
  'Upgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13',
  'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
  'TE: trailers, chunked',
  'Trailer: Content-Length, Host',
  'Content-Type: application/json',
  'Content-Encoding: gzip',
  'Keep-Alive: timeout=100, max=100',
  'Proxy-Connection: keep-alive',
  'X-HTTP-Method-Override: DELETE',
  'X-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics',
  'X-Empty:',
  `X-Long: ${'l'.repeat(8_000)}`,
];
const INNERS: readonly Inner[] = ['prefix', 'complete', 'metrics', 'post', 'json'];

/** Most variants are odd in only one way: one that is odd in many is refused for the first. */
export const variants: fc.Arbitrary<Variant> = fc
  .record({
    method: fc.constantFrom(...METHODS),
    path: fc.constantFrom(...PATHS),
    version: fc.oneof(
      { weight: 12, arbitrary: fc.constant('HTTP/1.1') },
      { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1') },
    ),
    host: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...HOSTS.filter(({ isInvalid }) => !isInvalid)) },
      { weight: 1, arbitrary: fc.constantFrom(...HOSTS) },
    ),
    named: fc.oneof(
      { weight: 3, arbitrary: fc.subarray(NAMED, { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    connection: fc.constantFrom(...CONNECTIONS),
    framing: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...ORDINARY) },
      { weight: 1, arbitrary: fc.constantFrom(...ODD) },
    ),
    extras: fc.subarray(EXTRAS, { maxLength: 2 }),
    inner: fc.constantFrom(...INNERS),
    hasTail: fc.boolean(),
    pause: fc.constantFrom<Variant['pause'][]>('none', 'none', 'after-head', 'in-body'),
  })
  .map(({ host, ...variant }) => ({
    ...variant,
    hosts: host.lines,
    isInvalid: variant.version === 'HTTP/1.1' && (host.isInvalid || variant.framing.isInvalid),
  }));
