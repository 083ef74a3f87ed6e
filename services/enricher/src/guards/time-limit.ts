import { withDeadline } from '@calseta/async';
import { type GuardedAnswer, type LookupContext, type RequestCounter } from '../domain/provider.js';
import { type Guard } from './guard.js';

/** Answers `timeout` after the provider's time-out and aborts the lookup. */
export const timeLimit: Guard = (next) =>
  async function lookUpInTime(request) {
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

/**
 * Creates its signal on first access: local providers never read it, and creating it costs more than their lookup.
 */
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

  get requests(): RequestCounter | undefined {
    return this.#outer.requests;
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
