/** Owns what a process opened and closes it in reverse order. */
export class Resources implements AsyncDisposable {
  readonly #owned: AsyncDisposable[] = [];

  /** Takes over a resource and hands it back. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#owned.push(resource);
    return resource;
  }

  /** Closes everything, also after one of them fails; then reports the failures together. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let resource = this.#owned.pop(); resource; resource = this.#owned.pop()) {
      try {
        await resource[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed.');
  }
}
