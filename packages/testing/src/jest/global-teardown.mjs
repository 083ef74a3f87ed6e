export default async function globalTeardown() {
  const { closeTestServers } = await import('../servers/test-servers.ts');
  await closeTestServers();
}
