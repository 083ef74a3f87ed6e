import { type OutboundResult, type ResponseHeaders } from './outbound-request.js';
import { readAnswerText } from './read-answer-text.js';

/** A body that has not ended so long after the status is left where it is. */
const MAX_BODY_MS = 2_000;

type Response = Extract<OutboundResult, { kind: 'response' }>;

type Answer = {
  begin(status: number, headers: ResponseHeaders): void;
  add(chunk: Buffer): void;
  /** The result, with as much of the body as came. */
  end(note?: string): void;
  hasStatus(): boolean;
};

/** Collects an answer; `leave` drops the rest of a body that is too long or takes too long. */
export function collectAnswer(
  maxBytes: number,
  resolve: (result: Promise<OutboundResult>) => void,
  leave: () => void,
): Answer {
  let head: Pick<Response, 'status' | 'headers'> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  const end = (note?: string): void => {
    clearTimeout(timer);
    if (head) resolve(toResponse(head, Buffer.concat(chunks), { maxBytes, note }));
  };
  return {
    begin(status, headers) {
      head = { status, headers };
      timer = setTimeout(() => {
        end(`its body had not ended after ${MAX_BODY_MS} ms`);
        leave();
      }, MAX_BODY_MS);
    },
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= maxBytes) return;
      end();
      leave();
    },
    end,
    hasStatus: () => head !== undefined,
  };
}

async function toResponse(
  head: Pick<Response, 'status' | 'headers'>,
  bytes: Buffer,
  { maxBytes, note }: { maxBytes: number; note: string | undefined },
): Promise<OutboundResult> {
  const encoding = head.headers['content-encoding'];
  const read = await readAnswerText(bytes.subarray(0, maxBytes), encoding, maxBytes);
  return {
    kind: 'response',
    status: head.status,
    headers: head.headers,
    body: read.body,
    truncated: bytes.length > maxBytes || read.truncated,
    note: note ?? read.note,
  };
}
