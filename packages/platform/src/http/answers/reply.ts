import { type z } from 'zod';

/** Schemas of response bodies by status; null for no body. */
export type ResponseSchemas = Record<number, z.ZodType | null>;

export type ReplyHeaders = Record<string, string>;

export type JsonReply<S extends number, B> = { status: S; body: B; headers?: ReplyHeaders };

/** Text or bytes of a media type that the route declares in `produces`. */
export type TextReply = {
  status: number;
  text: string | Uint8Array;
  contentType: string;
  headers?: ReplyHeaders;
};

type BodyOf<S> = S extends z.ZodType ? z.input<S> : undefined;

/** The answers that a route declares, by status and schema. */
export type Reply<R extends ResponseSchemas> =
  { [S in keyof R & number]: JsonReply<S, BodyOf<R[S]>> }[keyof R & number] | TextReply;

/** An answer with a JSON body; undefined for none. */
export const reply = <S extends number, B>(
  status: S,
  body: B,
  headers?: ReplyHeaders,
): JsonReply<S, B> => ({ status, body, ...(headers ? { headers } : {}) });

/** An answer that is not JSON. */
export const textReply = (
  status: number,
  contentType: string,
  text: string | Uint8Array,
  headers?: ReplyHeaders,
): TextReply => ({ status, contentType, text, ...(headers ? { headers } : {}) });
