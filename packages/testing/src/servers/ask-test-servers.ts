type Resource = { name: string; url: string };

/** Asks jest's main process for a database or a virtual host for this test file. */
export async function askForResource(kind: 'databases' | 'vhosts'): Promise<Resource> {
  return (await ask('POST', kind)) as Resource;
}

/** Gives it back; fails when the test has left a connection open. */
export async function returnResource(kind: 'databases' | 'vhosts', name: string): Promise<void> {
  const { open } = (await ask('DELETE', `${kind}/${name}`)) as { open: string[] | number };
  const count = typeof open === 'number' ? open : open.length;
  if (count === 0) return;
  const what = typeof open === 'number' ? '' : `: ${open.join('; ')}`;
  throw new Error(
    `${count} connection(s) to the test's own ${kind.slice(0, -1)} were left open${what}`,
  );
}

async function ask(method: string, path: string): Promise<unknown> {
  const base = process.env['TEST_SERVERS_URL'];
  if (!base) throw new Error('Test servers are for integration and e2e tests (see jest.config.js)');
  const response = await fetch(`${base}/${path}`, { method });
  const body = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(`The test servers failed: ${body.error ?? response.status}`);
  return body;
}
