import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VERSION } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readText } from './support/compose-file.js';
import { SERVICE_NAMES } from './support/start-service.js';

type Step = { uses?: string; run?: string; with?: Record<string, string | boolean> };
type Job = {
  needs?: string | string[];
  permissions?: Record<string, string>;
  strategy?: { matrix: { service: string[] } };
  steps: Step[];
};

const root = fileURLToPath(new URL('..', import.meta.url));
const text = readText('.github/workflows/release.yml');
const { on, permissions, jobs } = parse(text) as {
  on: unknown;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
};
const steps = Object.values(jobs).flatMap((job) => job.steps);
const commands = steps.flatMap(({ run = '' }) => run.split('\n')).map((line) => line.trim());
const build = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'))!.with!;

const release = async (...args: string[]) =>
  await new Promise<{ code: number; output: string }>((resolve) => {
    execFile(process.execPath, ['scripts/release.mjs', ...args], { cwd: root }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, output: out + err }),
    );
  });

describe('the release workflow', () => {
  test('runs for a tag of a version, and nothing else', () => {
    expect(on).toEqual({ push: { tags: ['v*.*.*'] } });
    expect(permissions).toEqual({ contents: 'read' });
    expect(jobs['images']!.needs).toBe('verify');
    expect(jobs['chart']!.needs).toEqual(['verify', 'images']);
  });

  test('builds every service for both architectures, with a bill of materials and provenance', () => {
    expect([...jobs['images']!.strategy!.matrix.service].sort()).toEqual([...SERVICE_NAMES].sort());
    expect(build).toMatchObject({
      platforms: 'linux/amd64,linux/arm64',
      push: true,
      sbom: true,
      provenance: 'mode=max',
    });
  });

  test('gives the arguments that the Dockerfile takes', () => {
    const dockerfile = readText(String(build['file']));
    const given = [...String(build['build-args']).matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(given).toEqual(['SERVICE', 'VERSION', 'REVISION']);
    for (const name of given) expect(dockerfile).toContain(`ARG ${name}`);
  });

  test('runs scripts and names files that are there', () => {
    const scripts = commands.flatMap((line) => line.match(/\bscripts\/\S+\.mjs/g) ?? []);
    const files = commands.flatMap(
      (line) => line.match(/\b(?:deploy\/\S+|docker-compose\.yml)/g) ?? [],
    );
    expect(scripts.length).toBeGreaterThan(1);
    expect(files.length).toBeGreaterThan(3);
    expect([...scripts, ...files].filter((path) => !existsSync(root + path))).toEqual([]);
    const { scripts: known } = JSON.parse(readText('package.json')) as { scripts: object };
    const called = commands.flatMap((line) => line.match(/(?<=^npm (?:run )?)\w+/g) ?? []);
    expect(called).toEqual(['test']);
    expect(called.filter((name) => !(name in known))).toEqual([]);
  });

  test('names no registry itself, and what it reads is in the documentation', () => {
    const variables = [...text.matchAll(/\$\{\{ (?:vars|secrets)\.(\w+) \}\}/g)].map(
      ([, name]) => name!,
    );
    expect([...new Set(variables)].sort()).toEqual([
      'IMAGE_REGISTRY',
      'REGISTRY_PASSWORD',
      'REGISTRY_USERNAME',
    ]);
    const page = readText('docs/release.md');
    expect(variables.filter((name) => !page.includes(name))).toEqual([]);
    expect(text).not.toMatch(/\b[\w-]+\.(?:io|com|org|dev)\b/);
  });
});

describe('scripts/release.mjs', () => {
  test('accepts the tag of this version alone', async () => {
    expect(await release('check', `v${VERSION}`)).toEqual({
      code: 0,
      output: `version=${VERSION}\n`,
    });
    const { code, output } = await release('check', 'v99.0.0');
    expect(code).toBe(1);
    expect(output).toContain(`package.json says ${VERSION}, the tag 99.0.0.`);
    expect(await release('check', VERSION)).toMatchObject({ code: 1 });
  });

  test('prints what the changelog says of a version', async () => {
    const { code, output } = await release('notes', VERSION);
    expect(code).toBe(0);
    expect(readText('CHANGELOG.md')).toContain(output.trim());
    expect(output).not.toContain('\n## ');
    expect(await release('notes', '99.0.0')).toMatchObject({ code: 1 });
  });
});
