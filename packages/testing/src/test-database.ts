import { askForResource, returnResource } from './servers/ask-test-servers.js';

export type TestDatabase = AsyncDisposable & {
  url: string;
  /** Fails when a connection to it was left open. */
  drop: () => Promise<void>;
};

/** A migrated database for this test file. */
export async function testDatabase(): Promise<TestDatabase> {
  const { name, url } = await askForResource('databases');
  const drop = () => returnResource('databases', name);
  return { url, drop, [Symbol.asyncDispose]: drop };
}
