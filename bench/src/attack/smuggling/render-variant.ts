import { type Inner, type Variant } from './variants.js';

/** The bytes to send, in parts; the sender pauses between them. */
export type Rendered = {
  parts: Buffer[];
  requestIds: { outer: string; inner: string; tail: string };
};

/** An unused address: an attacker writes it where a proxy writes the client's address. */
export const FORGED_ADDRESS = '203.0.113.9';

/** Renders a variant as bytes; the ids of all its requests begin with the marker. */
export function renderVariant(variant: Variant, marker: string): Rendered {
  const requestIds = {
    outer: `${marker}-outer`,
    inner: `${marker}-inner`,
    tail: `${marker}-tail`,
  };
  const { method, path, version, named, connection, framing, hosts, extras } = variant;
  const { headers, body } = framing.render(renderInner(variant.inner, requestIds.inner));
  const head = [
    `${method} ${path} ${version}`,
    ...hosts,
    `X-Request-ID: ${requestIds.outer}`,
    ...(named.length > 0 ? [connection.replace('<names>', named.join(', '))] : []),
    ...extras,
    ...headers,
    '',
    '',
  ].join('\r\n');
  const tail = variant.hasTail
    ? `GET /v1/nothing HTTP/1.1\r\nHost: attack\r\nX-Request-ID: ${requestIds.tail}\r\n\r\n`
    : '';
  const text = head + body + tail;
  const cuts = { none: text.length, 'after-head': head.length, 'in-body': head.length + 3 };
  const cut = cuts[variant.pause];
  const parts = [text.slice(0, cut), text.slice(cut)].filter((part) => part !== '');
  return { parts: parts.map((part) => Buffer.from(part, 'latin1')), requestIds };
}

function renderInner(inner: Inner, requestId: string): string {
  const head = (line: string): string =>
    `${line} HTTP/1.1\r\nHost: attack\r\nX-Request-ID: ${requestId}\r\nX-Forwarded-For: ${FORGED_ADDRESS}\r\n`;
  switch (inner) {
    case 'prefix':
      // Absorbs the first line of the next request on the connection, and adopts its headers.
      return `${head('GET /v1/agents')}X-Swallow: `;
    case 'complete':
      return `${head('GET /v1/agents')}\r\n`;
    case 'metrics':
      return `${head('GET /metrics')}\r\n`;
    case 'post': {
      const body = '{"title":"Smuggled"}';
      const line = head('POST /v1/ingest/generic');
      return `${line}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    }
    case 'json':
      return '{"title":"An ordinary body"}';
  }
}
