import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { findFreePort } from '@calseta/local';
import { describe, expect, test } from '@jest/globals';

const SCRIPT = fileURLToPath(new URL('../scripts/audit.mjs', import.meta.url));

const advisory = (severity: string) => ({
  id: 1,
  title: 'Made up for a test',
  severity,
  vulnerable_versions: '<99',
  url: 'https://example.com/advisory',
});

async function audit(registry: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [SCRIPT, registry], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  return { code: await exited, output };
}

/** A registry that gives the same answer to every request for advisories. */
async function auditAgainst(status: number, advisories: object) {
  const asked: Record<string, string[]>[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(JSON.parse(body) as Record<string, string[]>);
      response.writeHead(status).end(JSON.stringify(advisories));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result = await audit(`http://127.0.0.1:${port}/`);
  await new Promise((resolve) => server.close(resolve));
  return { ...result, asked: asked[0] ?? {} };
}

describe('the audit of dependencies', () => {
  test('asks about what runs in production and nothing else, and shows what is bearable', async () => {
    const { code, output, asked } = await auditAgainst(200, { express: [advisory('moderate')] });
    expect(output).toMatch(/^express@\d\S+: moderate: Made up for a test/);
    expect(code).toBe(0);
    // A dependency of a service, of a package, and of a dependency.
    expect(Object.keys(asked)).toEqual(expect.arrayContaining(['zod', 'express', 'body-parser']));
    expect(asked['express']).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    for (const name of ['jest', 'eslint', 'testcontainers']) expect(asked).not.toHaveProperty(name);
  });

  test('fails for what is high or critical', async () => {
    const results = await Promise.all(
      ['high', 'critical'].map(
        async (severity) => await auditAgainst(200, { express: [advisory(severity)] }),
      ),
    );
    expect(results.map(({ code }) => code)).toEqual([1, 1]);
    expect(results[1]?.output).toContain(': critical: Made up for a test');
  });

  test('is neither passed nor silent where the registry does not tell', async () => {
    const [refused, unreachable] = await Promise.all([
      auditAgainst(405, {}),
      findFreePort().then(async (port) => await audit(`http://127.0.0.1:${port}/`)),
    ]);
    expect([refused.code, unreachable.code]).toEqual([75, 75]);
    expect(refused.output).toContain('(it answered 405): nothing was checked');
    expect(unreachable.output).toContain('(ECONNREFUSED): nothing was checked');
  });
});
