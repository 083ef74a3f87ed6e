import { type GuardedAnswer } from '../domain/provider.js';
import { type Guard } from './guard.js';
import { isLeftAlone, type Protection, type Protections } from './protections.js';

export type BreakerDeps = {
  protections: Protections;
  /** Called with each answer of a provider, and for how long it is left alone now, ms. */
  onAnswer(providerName: string, answer: GuardedAnswer, leftAloneMs: number): void;
};

/** Wrong credentials stay wrong; they are tried again so that new ones at the vendor count. */
const AUTH_PAUSE_MS = 60_000;
const SECOND_MS = 1_000;

/** Asks a failing provider nothing for a while, then lets one lookup try. */
export const breaker =
  ({ protections, onAnswer }: BreakerDeps): Guard =>
  (next) =>
    async function lookUpUnlessBroken(request) {
      const { name } = request.provider;
      const protection = protections.of(name);
      if (protection.underWay >= protection.breaker.capacity(Number.POSITIVE_INFINITY))
        return leftAlone(protection);
      protection.underWay += 1;
      try {
        const answer = await next(request);
        if (NOT_ASKED.has(answer.kind)) return answer;
        learn(protection, answer);
        onAnswer(name, answer, protection.breaker.openForMs());
        return answer;
      } finally {
        protection.underWay -= 1;
      }
    };

export const leftAlone = (protection: Protection): GuardedAnswer => ({
  kind: 'left_alone',
  reason: isLeftAlone(protection)
    ? `It is not asked for a while, because it failed: ${protection.lastFailure}`
    : `It is tried again after it failed: ${protection.lastFailure}`,
});

const NOT_ASKED: ReadonlySet<GuardedAnswer['kind']> = new Set([
  'spent',
  'not_its_turn',
  'left_alone',
]);

function learn(protection: Protection, answer: GuardedAnswer): void {
  const { breaker: state } = protection;
  if (answer.kind === 'found' || answer.kind === 'not_found') state.succeeded();
  if (answer.kind === 'unavailable') learnFailure(protection, answer);
  if (answer.kind === 'timeout') {
    protection.lastFailure = `No answer within ${answer.afterMs} ms.`;
    state.failed();
  }
}

function learnFailure(
  protection: Protection,
  { reason, fault, waitSeconds }: GuardedAnswer & { kind: 'unavailable' },
): void {
  const { breaker: state } = protection;
  // Without a fault the provider refused this one question, and works.
  if (fault === undefined) state.succeeded();
  else protection.lastFailure = reason;
  if (fault === 'auth') state.pause(AUTH_PAUSE_MS);
  if (fault === 'transient' || fault === 'unreadable') state.failed();
  if (fault === 'transient' && waitSeconds !== undefined) state.pause(waitSeconds * SECOND_MS);
}
