import { backOffMs, pause } from '@calseta/async';
import { type JudgedStep, type WorkflowRun } from '@calseta/http-steps';

/** Attempts of one step, those included that a vendor asks to repeat later. */
export const MAX_ATTEMPTS = 4;
/** A vendor that asks for a longer wait ends the run. */
export const MAX_RETRY_WAIT_MS = 30_000;
/** Between two readings of a state that is expected to change. */
const READ_BACK_EVERY_MS = 2_000;
const SECOND_MS = 1_000;
/** Added to the wait that a vendor asks for, because a timer may fire a few milliseconds early. */
const TIMER_MARGIN_MS = 100;

/** The process stops: another one goes on with the run. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

type Step = Parameters<WorkflowRun['attempt']>[1];

/**
 * Sends a step again only where that does no harm: when nothing arrived, when the vendor refused to do anything yet
 * (429), when the step may be repeated, or when it reads a state that is expected to change.
 */
export const stepAttempts =
  (signal: AbortSignal): WorkflowRun['attempt'] =>
  async (once, step, repeated) => {
    const startedAt = performance.now();
    for (let tries = 1; ; tries += 1) {
      if (signal.aborted) throw new StoppedError('The dispatcher stops.');
      const judged = await once();
      const waitMs = retryWaitMs(judged, step, { tries, elapsedMs: performance.now() - startedAt });
      if (waitMs === undefined) return judged;
      if (judged.tree) await repeated();
      await pause(waitMs, signal);
    }
  };

/** Undefined when the step is not sent again. */
export function retryWaitMs(
  judged: JudgedStep,
  { mayRepeat, expect }: Pick<Step, 'mayRepeat' | 'expect'>,
  { tries, elapsedMs }: { tries: number; elapsedMs: number },
): number | undefined {
  if (judged.outcome === 'not_confirmed') {
    const leftMs = (expect?.withinSeconds ?? 0) * SECOND_MS - elapsedMs;
    return leftMs > 0 ? Math.min(READ_BACK_EVERY_MS, leftMs) : undefined;
  }
  const isHarmless = mayRepeat || judged.isUnsent === true || judged.outcome === 'quota';
  if (!judged.isRetryable || !isHarmless || tries >= MAX_ATTEMPTS) return undefined;
  return waitFor(judged.waitHintSeconds ?? 0, tries);
}

function waitFor(hintSeconds: number, tries: number): number | undefined {
  const hintMs = hintSeconds * SECOND_MS;
  if (hintMs > MAX_RETRY_WAIT_MS) return undefined;
  return Math.max(hintMs > 0 ? hintMs + TIMER_MARGIN_MS : 0, backOffMs(tries));
}
