import { type Guard, type GuardedAnswer } from './guard.js';

/** Waits no longer than the provider's time-out, and then tells the lookup to stop. */
export const timeLimit: Guard = (next) => async (request) => {
  const afterMs = request.settings.timeoutMs;
  const controller = new AbortController();
  const { signal } = request;
  const abort = (): void => controller.abort();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<GuardedAnswer>((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: 'timeout', afterMs });
      abort();
    }, afterMs);
  });
  try {
    return await Promise.race([next({ ...request, signal: controller.signal }), late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
};
