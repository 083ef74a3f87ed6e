import { withDeadline } from '@calseta/async';
import { type LookupContext } from '../provider.js';
import { type Guard, type GuardedAnswer } from './guard.js';

/** Waits no longer than the provider's time-out, and then tells the lookup to stop. */
export const timeLimit: Guard = (next) => async (request) => {
  const afterMs = request.settings.timeoutMs;
  const context = new LimitedContext(request.context);
  try {
    return await withDeadline(next({ ...request, context }), afterMs, (): GuardedAnswer => {
      context.abort();
      return { kind: 'timeout', afterMs };
    });
  } finally {
    context.release();
  }
};

/** Makes its signal for those who look at it: local providers do not, and it costs more than what they do. */
class LimitedContext implements LookupContext {
  readonly #outer: LookupContext;
  #controller: AbortController | undefined;
  #isAborted = false;
  #isReleased = false;

  constructor(outer: LookupContext) {
    this.#outer = outer;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      const { signal } = this.#outer;
      if (this.#isAborted || signal.aborted) this.#controller.abort();
      else if (!this.#isReleased) signal.addEventListener('abort', this.abort, { once: true });
    }
    return this.#controller.signal;
  }

  readonly abort = (): void => {
    this.#isAborted = true;
    this.#controller?.abort();
  };

  release(): void {
    this.#isReleased = true;
    if (this.#controller) this.#outer.signal.removeEventListener('abort', this.abort);
  }
}
