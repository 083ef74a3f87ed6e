import { execFile } from 'node:child_process';
import { createServer, request } from 'node:http';
import { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

/** The suite uses `fs.globSync`, though its package names no version of Node. */
const NEEDED_NODE = 22;
const isRunHere = Number(process.versions.node.split('.')[0]) >= NEEDED_NODE;
if (!isRunHere)
  process.stderr.write(
    `[conformance] not run: it needs Node ${NEEDED_NODE}, this is ${process.versions.node}\n`,
  );

const PROGRAM = fileURLToPath(
  new URL('../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);

/** What a server without the suite's fixture cannot pass. */
const BASELINE = fileURLToPath(new URL('mcp-conformance.yml', import.meta.url));

let api: TestAlertsApi;
const proxy = createServer((incoming, outgoing) => {
  const headers = { ...incoming.headers, authorization: `Bearer ${ADMIN_KEY}` };
  const { method, url } = incoming;
  const forwarded = request(new URL(url ?? '', api.url), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(forwarded);
});

(isRunHere ? describe : describe.skip)('the conformance suite of the protocol', () => {
  beforeAll(async () => {
    api = await startAlertsApi();
    await insertAlert(api.database);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    await api[Symbol.asyncDispose]();
  });

  /** Runs one scenario; the suite has no option for headers, so a proxy adds the key. */
  const run = async (version: string, scenario: string) => {
    const { port } = proxy.address() as AddressInfo;
    const args = ['server', '--url', `http://127.0.0.1:${port}/mcp`, '--spec-version', version];
    const expected = scenario === 'server-stateless' ? ['--expected-failures', BASELINE] : [];
    return await new Promise<{ code: number; report: string }>((resolve) => {
      const program = execFile(
        process.execPath,
        [PROGRAM, ...args, '--scenario', scenario, ...expected],
        { timeout: 60_000 },
        (_, stdout, stderr) => resolve({ code: program.exitCode ?? 1, report: stdout + stderr }),
      );
    });
  };

  test.each([
    ['2026-07-28', 'tools-list'],
    ['2026-07-28', 'resources-list'],
    ['2026-07-28', 'caching'],
    ['2026-07-28', 'http-header-validation'],
    ['2026-07-28', 'sep-2164-resource-not-found'],
    ['2026-07-28', 'server-sse-multiple-streams'],
    ['2026-07-28', 'dns-rebinding-protection'],
    ['2026-07-28', 'server-stateless'],
    ['2026-07-28', 'prompts-list'],
    ['2025-11-25', 'server-initialize'],
    ['2025-11-25', 'ping'],
    ['2025-11-25', 'tools-list'],
    ['2025-11-25', 'resources-list'],
  ])(
    '%s: %s',
    async (version, scenario) => {
      const { code, report } = await run(version, scenario);
      expect({ code, report }).toEqual({ code: 0, report: expect.stringContaining('Passed: ') });
    },
    60_000,
  );
});
