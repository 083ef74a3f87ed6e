/**
 * What `work` settles to, or what `onLate` returns or throws when `timeoutMs` pass first. The work itself goes on:
 * whoever can stop it does so in `onLate`.
 */
export async function withDeadline<T, L>(
  work: Promise<T>,
  timeoutMs: number,
  onLate: () => L,
): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<L>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(onLate());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
