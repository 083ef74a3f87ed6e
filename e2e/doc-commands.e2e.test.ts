import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readCompose, readText } from './support/compose-file.js';
import { readManifests } from './support/manifests.js';

/** What an operator copies from the documents names scripts, files, values, containers and objects that there are. */
const PAGES = [
  'deploy',
  'upgrade',
  'scale',
  'size',
  'hardening',
  'operate',
  'backup',
  'release',
  'runbook',
];
/** Lines of the log, which look like values of the chart. */
const EVENTS = ['database.lost', 'database.back'];
const root = fileURLToPath(new URL('..', import.meta.url));
const pages = ['README.md', ...PAGES.map((page) => `docs/${page}.md`)].map((path) => ({
  path,
  text: readText(path),
}));

const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
const values = parse(readText('deploy/helm/calseta/values.yaml')) as Record<string, unknown>;
const manifests = ['calseta', 'namespace', 'secret'].flatMap((file) =>
  readManifests(`deploy/kubernetes/${file}.yaml`),
);

const shellOf = (text: string) =>
  [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) =>
    block.replace(/\\\n/g, ' ').replace(/(?:^| )#.*$/gm, ''),
  );
const inlineOf = (text: string) =>
  [...text.replace(/```[^]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
const commandsOf = (text: string) => [
  ...shellOf(text).flatMap((block) => block.split('\n')),
  ...inlineOf(text),
];
const namesIn = (text: string, pattern: RegExp) =>
  commandsOf(text).flatMap((line) => [...line.matchAll(pattern)].map(([, name = '']) => name));

/** Whether values.yaml has the path; what stands below an empty object is the operator's own. */
function hasValue(path: string): boolean {
  let at: unknown = values;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return false;
    if (Object.keys(at).length === 0) return true;
    if (!(key in at)) return false;
    at = (at as Record<string, unknown>)[key];
  }
  return true;
}

describe.each(pages)('$path', ({ text }) => {
  test('names scripts, scenarios and faults that there are', () => {
    const unknown = namesIn(text, /\bnpm run ([\w-]+)/g).filter((name) => !(name in scripts));
    expect(unknown).toEqual([]);
    const bench = [
      ['bench', 'scenarios'],
      ['chaos', 'chaos'],
    ].flatMap(([script, folder]) =>
      namesIn(text, new RegExp(`\\bnpm run ${script} -- ([a-z][\\w-]*)`, 'g')).map(
        (name) => `bench/src/${folder}/${name}.ts`,
      ),
    );
    expect(bench.filter((path) => !existsSync(root + path))).toEqual([]);
  });

  test('runs programs that there are', () => {
    const programs = namesIn(text, /\bnode ((?:scripts|packages|services)\/[^\s`]+\.m?js)/g);
    const sources = programs
      .filter((path) => !path.includes('$'))
      .map((path) => path.replace('/dist/', '/src/').replace(/(?<!m)js$/, 'ts'));
    expect(sources.filter((path) => !existsSync(root + path))).toEqual([]);
  });

  test('sets values that the chart has', () => {
    const set = namesIn(text, /--set '?"?([\w.-]+(?:,[\w.-]+)*)=/g);
    const tops = Object.keys(values).join('|');
    const told = inlineOf(text).flatMap((code) => {
      const [, path] = new RegExp(`^((?:${tops})\\.[\\w.-]+)(?:[:=].*)?$`).exec(code) ?? [];
      const isValue = path !== undefined && !EVENTS.includes(path);
      return isValue && !existsSync(`${root}docs/${path}`) ? [path] : [];
    });
    expect([...set, ...told].filter((path) => !hasValue(path))).toEqual([]);
  });

  test('names containers of compose and objects of the base', () => {
    const { services } = readCompose();
    const containers = [
      ...namesIn(text, /\bdocker compose (?:logs|exec(?: -T)?|run(?: --rm)?) ([\w-]+)/g),
      ...namesIn(text, /--scale ([\w-]+)=/g),
      ...namesIn(text, /\bdocker compose stop ([\w -]+)/g).flatMap((names) => names.split(' ')),
    ].filter(Boolean);
    expect(containers.filter((name) => !(name in services))).toEqual([]);
    const objects = namesIn(text, /\b((?:deployment|job)\/[\w-]+)/g);
    const known = manifests.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
    expect(objects.filter((object) => !known.includes(object))).toEqual([]);
  });

  test('says what needs a cluster', () => {
    const needsOne = shellOf(text).some((block) => /^(?:kubectl|helm) /m.test(block));
    if (needsOne) expect(text).toMatch(/\bcluster\b/);
  });
});
