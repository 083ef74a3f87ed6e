import { toSaneAnswer } from '../domain/sane-answer.js';
import { type Guard } from './guard.js';

/** Turns whatever a provider throws or returns into an answer that the rest can rely on. */
export const isolate: Guard = (next) => async (request) => {
  try {
    return toSaneAnswer(await next(request));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'It threw something that is no error.';
    return toSaneAnswer({ kind: 'unavailable', reason });
  }
};
