import { type GuardedAnswer } from '../domain/provider.js';
import { validateAnswer } from '../domain/validate-answer.js';
import { type Guard } from './guard.js';

/** Turns whatever a provider throws or returns into a valid answer. */
export const catchFailures: Guard = (next) =>
  async function lookUpCatching(request) {
    try {
      return validateAnswer(await next(request));
    } catch (error) {
      return failure(error);
    }
  };

/** The same around guards, whose answers are valid. */
export const catchDefects: Guard = (next) =>
  async function lookUpWithoutDefects(request) {
    try {
      return await next(request);
    } catch (error) {
      return failure(error);
    }
  };

function failure(error: unknown): GuardedAnswer {
  const reason = error instanceof Error ? error.message : 'It threw a value that is no Error.';
  return validateAnswer({ kind: 'unavailable', reason });
}
