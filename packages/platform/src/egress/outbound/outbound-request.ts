import { type TlsIdentity } from '../tls-pools.js';

export type OutboundRequest = {
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** From the call to the status of the response, including DNS and connecting; its body has MAX_BODY_MS besides. */
  timeoutMs: number;
  /** Limit of the body, packed and unpacked; the rest is not read. */
  maxResponseBytes: number;
  /** Whom to trust and as whom to appear where the URL is https; the defaults where it is left out. */
  tls?: TlsIdentity | undefined;
  signal?: AbortSignal;
};

/** By lower-case name; a repeated header has a list. */
export type ResponseHeaders = Record<string, string | string[] | undefined>;

/** Errors name the cause, by code if there is one, and never contain the URL, a header or a body. */
export type OutboundResult =
  | {
      kind: 'response';
      status: number;
      headers: ResponseHeaders;
      body: string;
      truncated: boolean;
      /** What was wrong with the body; the status holds all the same. */
      note?: string | undefined;
    }
  /** `interrupted`: a reused connection ended without an answer; the request may have arrived. */
  | { kind: 'unreachable' | 'timeout' | 'blocked' | 'interrupted'; error: string };
