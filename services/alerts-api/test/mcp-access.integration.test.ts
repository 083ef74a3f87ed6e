import { readFile } from 'node:fs/promises';
import { type Scope, SCOPES } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { allowedBy } from './access-table.js';
import { connectV2 } from './mcp-clients.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const PAGE = new URL('../../../docs/mcp.md', import.meta.url);
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'admin', version: '1' },
  },
};

let api: TestAlertsApi;
/** The scope of each tool, as docs/mcp.md says. */
let scopeOf: Map<string, Scope>;
beforeAll(async () => {
  api = await startAlertsApi({ HTTP_TRUSTED_PROXY_HOPS: '1' });
  const page = await readFile(PAGE, 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` +\| `([\w:]+)` +\|/gm)];
  scopeOf = new Map(rows.map(([, tool = '', scope]) => [tool, scope as Scope]));
});
afterAll(async () => await api[Symbol.asyncDispose]());

async function makeKey(scope: Scope, fields: Record<string, unknown> = {}) {
  const body = { name: scope, key_type: 'human', scopes: [scope], ...fields };
  const made = await api.call('POST', '/v1/api-keys', { body });
  expect(made.status).toBe(201);
  return made.body.data as { id: string; key: string };
}

/** The answer of /mcp to a client that begins, from an address of its own. */
async function knock(key: string | null, address: string, headers: Record<string, string> = {}) {
  const { status, body } = await api.call('POST', '/mcp', {
    body: INITIALIZE,
    headers: {
      authorization: key === null ? '' : `Bearer ${key}`,
      accept: 'application/json, text/event-stream',
      'x-forwarded-for': address,
      ...headers,
    },
  });
  return `${status} ${status === 200 ? '' : String(body['code'])}`.trim();
}

test('every tool is for keys with the scope that its page names, and for no others', async () => {
  await using admin = await connectV2(api, ADMIN_KEY, 'auto');
  const tools = (await admin.listTools()).map(({ name }) => name).sort();
  expect([...scopeOf.keys()].sort()).toEqual(tools);
  for (const held of SCOPES) {
    const { key } = await makeKey(held);
    await using client = await connectV2(api, key, 'auto');
    expect((await client.listTools()).map(({ name }) => name).sort()).toEqual(tools);
    const opened = await Promise.all(
      // Scopes are judged before arguments, so that none are needed.
      tools.map(async (tool) => {
        const { isError, text } = await client.call(tool);
        const isRefused = text.startsWith('insufficient_scope: ');
        // A refusal is an error of the tool, and says what the key lacks.
        const said = `lacks the scope ${scopeOf.get(tool)!}.`;
        if (isRefused) expect([tool, isError, text.includes(said)]).toEqual([tool, true, true]);
        return isRefused ? [] : [tool];
      }),
    );
    const expected = tools.filter((tool) => allowedBy(held).includes(scopeOf.get(tool)!));
    expect([held, opened.flat()]).toEqual([held, expected]);
  }
});

test('no key, a wrong, a revoked and an expired one are 401, one from elsewhere is 403', async () => {
  const [revoked, expired, wrong, bound] = await Promise.all([
    makeKey('admin'),
    makeKey('admin', { expires_at: '2020-01-01T00:00:00Z' }),
    makeKey('admin'),
    makeKey('admin', { allowed_networks: ['192.0.2.0/24'] }),
  ]);
  await api.call('DELETE', `/v1/api-keys/${revoked.id}`);
  await eventually(
    async () => expect(await knock(revoked.key, '10.1.0.1')).toBe('401 auth.invalid'),
    { timeoutMs: 2_000 },
  );
  expect(await knock(null, '10.1.0.2')).toBe('401 auth.missing');
  expect(await knock(`${wrong.key.slice(0, -4)}AAAA`, '10.1.0.3')).toBe('401 auth.invalid');
  expect(await knock(expired.key, '10.1.0.4')).toBe('401 auth.invalid');
  expect(await knock(bound.key, '198.51.100.1')).toBe('403 auth.network_not_allowed');
  expect(await knock(bound.key, '192.0.2.9')).toBe('200');
});

test('what a client says of itself opens nothing', async () => {
  const claims = { 'mcp-client-id': 'admin', 'x-api-key': ADMIN_KEY, cookie: `key=${ADMIN_KEY}` };
  expect(await knock(null, '10.2.0.1', claims)).toBe('401 auth.missing');
  const { key } = await makeKey('alerts:read', { allowed_networks: ['192.0.2.0/24'] });
  // The address that a client writes itself stands left of the one that the trusted proxy saw.
  expect(await knock(key, '192.0.2.1, 198.51.100.1', claims)).toBe('403 auth.network_not_allowed');
  expect(await knock(key, '192.0.2.1', { origin: 'https://evil.example' })).toMatch(/^403/);
});
