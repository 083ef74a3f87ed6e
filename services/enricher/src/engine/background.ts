export type Background = {
  /** Follows work for which nobody waits; its failure is told. */
  run(work: Promise<void>): void;
  /** Resolves when no such work is left. */
  settle(): Promise<void>;
};

export function createBackground(onError: (error: unknown) => void): Background {
  const running = new Set<Promise<void>>();
  return {
    run(work) {
      const followed = work.catch(onError).finally(() => running.delete(followed));
      running.add(followed);
    },
    async settle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
