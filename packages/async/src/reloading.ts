import { createSingleFlight } from './single-flight.js';

export type Reloading<T> = {
  /** The newest content. Rejects only when nothing could be loaded yet. */
  get(): Promise<T>;
};

export type ReloadingOptions<T> = {
  /** Changes when the content does; cheap to take. */
  fingerprint(): Promise<string>;
  load(): Promise<T>;
  /** Shortest time between two looks at the fingerprint. */
  checkIntervalMs: number;
  /** Whether callers wait for a look that is due. By default they get the last good content meanwhile. */
  waitsForCheck?: boolean;
  onError(error: unknown): void;
};

/** Keeps content in memory and loads it again when its fingerprint has changed. */
export function createReloading<T>(options: ReloadingOptions<T>): Reloading<T> {
  const { checkIntervalMs, waitsForCheck = false } = options;
  let current: { fingerprint: string; content: T } | undefined;
  let checkedAt = -Infinity;
  const checking = createSingleFlight<'check', unknown>();

  async function check(): Promise<void> {
    try {
      const fingerprint = await options.fingerprint();
      if (current?.fingerprint !== fingerprint) {
        current = { fingerprint, content: await options.load() };
      }
    } catch (error) {
      options.onError(error);
    }
    checkedAt = performance.now();
  }

  return {
    async get() {
      if (performance.now() - checkedAt >= checkIntervalMs) {
        const checked = checking.run('check', check);
        if (waitsForCheck || !current) await checked;
      }
      if (!current) throw new Error('The files could not be read.');
      return current.content;
    },
  };
}
