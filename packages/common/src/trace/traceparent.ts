import { randomBytes } from '../core/random-bytes.js';

/** W3C Trace Context, version 00: `00-<trace id>-<parent id>-<flags>`. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

export type TraceContext = { traceId: string; parentId: string; flags: string };

/** Reads a traceparent header; undefined when it is missing or invalid. */
export function parseTraceparent(header: string | undefined): TraceContext | undefined {
  if (header === undefined || header.length > 128) return undefined;
  const match = TRACEPARENT.exec(header.trim());
  if (!match) return undefined;
  const [, version, traceId = '', parentId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, flags };
}

/** Starts a new trace. */
export const newTraceparent = (): string => `00-${randomHex(16)}-${randomHex(8)}-01`;

/** Continues a trace with a new span, or starts a new trace if the given one is invalid. */
export function childTraceparent(traceparent: string | undefined): string {
  const parent = parseTraceparent(traceparent);
  return parent ? `00-${parent.traceId}-${randomHex(8)}-${parent.flags}` : newTraceparent();
}

const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');
