export type Reloading<T> = {
  /** The newest content; the first call waits for it, later ones are served the last good one. */
  get(): Promise<T>;
};

export type ReloadingOptions<T> = {
  /** Changes when the content does; cheap. */
  fingerprint(): Promise<string>;
  load(): Promise<T>;
  /** How often the fingerprint is taken at most. */
  checkIntervalMs: number;
  onError(error: unknown): void;
};

/** Keeps what is read from files in memory, and reads it again after it changed. */
export function createReloading<T>(options: ReloadingOptions<T>): Reloading<T> {
  let current: { fingerprint: string; content: T } | undefined;
  let checkedAt = -Infinity;
  let checking: Promise<void> | undefined;

  async function check(): Promise<void> {
    const fingerprint = await options.fingerprint();
    if (current?.fingerprint !== fingerprint)
      current = { fingerprint, content: await options.load() };
  }

  function recheck(): void {
    if (checking || performance.now() - checkedAt < options.checkIntervalMs) return;
    checking = check()
      .catch(options.onError)
      .finally(() => {
        checkedAt = performance.now();
        checking = undefined;
      });
  }

  return {
    async get() {
      recheck();
      if (!current) await checking;
      if (!current) throw new Error('The files could not be read.');
      return current.content;
    },
  };
}
