import './register-typescript.mjs';

/** Nothing is started here: a server is started when the first test file asks for it. */
export default async function globalSetup() {
  const { openTestServers } = await import('../servers/test-servers.ts');
  process.env.TEST_SERVERS_URL = await openTestServers();
}
