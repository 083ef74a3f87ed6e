import { askForResource, returnResource } from './servers/ask-test-servers.js';

export type TestRabbitmq = AsyncDisposable & {
  url: string;
  /** Fails when a connection to it was left open. */
  drop: () => Promise<void>;
};

/** A virtual host for this test file, on the RabbitMQ that all test files share. */
export async function testRabbitmq(): Promise<TestRabbitmq> {
  const { name, url } = await askForResource('vhosts');
  const drop = () => returnResource('vhosts', name);
  return { url, drop, [Symbol.asyncDispose]: drop };
}
