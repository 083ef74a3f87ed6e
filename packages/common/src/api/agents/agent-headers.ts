import { z } from 'zod';

/** Further headers of an agent's pushes. */
export const AGENT_HEADERS = { maxCount: 20, maxBytes: 8_192 } as const;

/** Set by Calseta or by HTTP itself; `Authorization` is the agent's `auth_header`. */
const REFUSED: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'traceparent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);
const REFUSED_PREFIXES = ['content-', 'webhook-'];

const isRefused = (name: string): boolean =>
  REFUSED.has(name) || REFUSED_PREFIXES.some((prefix) => name.startsWith(prefix));

const headerNameSchema = z
  .string()
  .max(200)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no name of a header')
  .toLowerCase()
  .refine((name) => !isRefused(name), {
    error: ({ input }) => `${String(input)} is set by Calseta or by HTTP itself`,
  });
const headerValueSchema = z
  .string()
  .min(1)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'printable ASCII, no space at its ends');

/** By name; values are secrets. */
export const agentHeadersSchema = z
  .record(headerNameSchema, headerValueSchema)
  .refine((headers) => Object.keys(headers).length <= AGENT_HEADERS.maxCount, {
    error: `at most ${AGENT_HEADERS.maxCount} headers`,
  })
  .refine((headers) => bytesOf(headers) <= AGENT_HEADERS.maxBytes, {
    error: `at most ${AGENT_HEADERS.maxBytes} bytes of names and values together`,
  })
  .describe(
    `Further headers of every push; values are stored encrypted and not shown. At most ${AGENT_HEADERS.maxCount}, ` +
      `${AGENT_HEADERS.maxBytes} bytes together. Refused: Host, Content-*, hop-by-hop ones, Authorization ` +
      '(`auth_header`), webhook-*, traceparent',
  );

/** All characters are ASCII. */
const bytesOf = (headers: Record<string, string>): number =>
  Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
