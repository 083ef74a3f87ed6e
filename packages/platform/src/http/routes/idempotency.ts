import { createHash } from 'node:crypto';
import { AppError } from '@calseta/common';
import { type JsonReply } from '../answers/reply.js';

/** Port: stores answers to requests with an Idempotency-Key, per API key. */
export interface IdempotencyStore {
  /** Claims the key for this request; an unfinished claim expires after minutes. */
  begin(claim: IdempotencyClaim): Promise<IdempotencyState>;
  /** Stores the answer. */
  finish(claim: IdempotencyClaim, answer: KeptAnswer): Promise<void>;
  /** Frees the key after a failure, so that the request can be retried. */
  abandon(claim: IdempotencyClaim): Promise<void>;
}

export type IdempotencyClaim = { keyId: string; key: string; requestHash: string };
/** `body` is the encrypted JSON text of the answer. */
export type KeptAnswer = { status: number; body: string };
export type IdempotencyState =
  | { kind: 'run' }
  | { kind: 'replay'; answer: KeptAnswer }
  /** The key belongs to another request. */
  | { kind: 'mismatch' }
  /** The same request is in progress. */
  | { kind: 'in_flight' };

/** Encrypts stored answers, because they may contain secrets that are shown only once. */
export type AnswerCipher = { encrypt(plaintext: string): string; decrypt(text: string): string };

export type Idempotency = { store: IdempotencyStore; cipher: AnswerCipher };

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const IN_FLIGHT_RETRY_SECONDS = 1;

/** Reads the Idempotency-Key header; undefined when it is missing. */
export function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && IDEMPOTENCY_KEY.test(header)) return header;
  throw new AppError('request.invalid', 'The Idempotency-Key is not valid.', {
    issues: [
      { pointer: '/Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' },
    ],
  });
}

/** Equal for two requests that are the same. */
export const requestHash = (method: string, path: string, body: Uint8Array): string =>
  createHash('sha256').update(`${method} ${path}\n`).update(body).digest('hex');

/** Runs the work once per claim; a repeat gets the first answer. */
export async function runOnce(
  idempotency: Idempotency,
  claim: IdempotencyClaim,
  work: () => Promise<JsonReply<number, unknown>>,
  onNotKept: (error: unknown) => void,
): Promise<JsonReply<number, unknown>> {
  const { store, cipher } = idempotency;
  const state = await store.begin(claim);
  switch (state.kind) {
    case 'replay':
      return {
        status: state.answer.status,
        body: JSON.parse(cipher.decrypt(state.answer.body)) as unknown,
        headers: { 'Idempotent-Replayed': 'true' },
      };
    case 'mismatch':
      throw new AppError(
        'idempotency.conflict',
        'The Idempotency-Key was used for another request.',
      );
    case 'in_flight':
      throw new AppError(
        'idempotency.conflict',
        'A request with this Idempotency-Key is in flight.',
        { retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS },
      );
    case 'run': {
      const answer = await orAbandon(store, claim, work, onNotKept);
      const body = cipher.encrypt(JSON.stringify(answer.body ?? null));
      // The work is done, so its answer is returned even when it cannot be stored.
      await store.finish(claim, { status: answer.status, body }).catch(onNotKept);
      return answer;
    }
  }
}

async function orAbandon<T>(
  store: IdempotencyStore,
  claim: IdempotencyClaim,
  work: () => Promise<T>,
  onNotKept: (error: unknown) => void,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await store.abandon(claim).catch(onNotKept);
    throw error;
  }
}
