/** Owns the open resources of a process and closes them in reverse order. */
export class Resources implements AsyncDisposable {
  readonly #owned: AsyncDisposable[] = [];

  /** Registers a resource and returns it. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#owned.push(resource);
    return resource;
  }

  /** Closes every resource, even after a failure; then throws all failures together. */
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
