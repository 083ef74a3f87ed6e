import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findFreePort, startServiceProcess } from '../src/index.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'calseta-local-'));
});
afterAll(async () => await rm(directory, { recursive: true, force: true }));

let made = 0;
async function startScript(script: string) {
  made += 1;
  const entry = join(directory, `service-${made}.mjs`);
  await writeFile(entry, script);
  const lines: string[] = [];
  const port = await findFreePort();
  const options = { name: 'sample', entry, port, env: { GREETING: 'hello' } };
  const service = startServiceProcess({ ...options, onLine: (line) => lines.push(line) });
  return { lines, service: await service };
}

const SERVER = `
  import { createServer } from 'node:http';
  console.log(process.env.GREETING);
  createServer((request, response) => response.end(request.url)).listen(process.env.HTTP_PORT);`;

describe('startServiceProcess', () => {
  test('is there once /readyz answers, with its output and environment', async () => {
    const { service, lines } = await startScript(SERVER);
    expect(await (await fetch(`${service.url}/readyz`)).text()).toBe('/readyz');
    expect(lines).toContain('hello');
    await service.stop();
    expect(await service.exited).toBe('SIGTERM');
  });

  test('lets it end by itself on SIGTERM', async () => {
    const { service, lines } = await startScript(
      `${SERVER} process.on('SIGTERM', () => { console.log('drained'); process.exit(0); });`,
    );
    await service.stop();
    expect(await service.exited).toBe('code 0');
    expect(lines).toContain('drained');
  });

  test('hands arguments to it and to node, and writes its output to a file', async () => {
    const entry = join(directory, 'with-arguments.mjs');
    await writeFile(entry, `console.log(process.argv[2], process.execArgv.at(-1)); ${SERVER}`);
    const logFile = join(directory, 'with-arguments.log');
    const service = await startServiceProcess({
      name: 'sample',
      entry,
      port: await findFreePort(),
      env: { GREETING: 'hello' },
      args: ['first'],
      nodeArgs: ['--no-deprecation'],
      logFile,
    });
    await service.stop();
    expect(await readFile(logFile, 'utf8')).toBe('first --no-deprecation\nhello\n');
  });

  test('kills what ignores SIGTERM when the deadline passes', async () => {
    const { service } = await startScript(`${SERVER} process.on('SIGTERM', () => {});`);
    await service.stop(200);
    expect(await service.exited).toBe('SIGKILL');
  });

  test('fails with its last words when it ends while starting', async () => {
    await expect(startScript(`console.error('no database'); process.exit(3);`)).rejects.toThrow(
      /sample ended while starting:\nno database/,
    );
  });
});
