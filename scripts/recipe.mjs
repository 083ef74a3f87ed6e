// `npm run recipe`: does what docs/add-a-source.md and docs/add-a-provider.md say in a copy of the repository, and runs
// the tests of what they add.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root, run } from './run.mjs';

const RECIPES = [
  {
    page: 'docs/add-a-source.md',
    edits: 'services/ingest-api/src/sources/registry.ts',
    tests: 'services/ingest-api/src/sources/acme',
  },
  {
    page: 'docs/add-a-provider.md',
    edits: 'services/enricher/src/providers/builtin/index.ts',
    tests: 'services/enricher/src/providers/builtin/acme',
  },
];
/** What the tests need besides the folders of packages. */
const FILES = ['package.json', 'jest.config.js', 'tsconfig.base.json'];
const FOLDERS = ['packages', 'services'];

const copy = mkdtempSync(join(tmpdir(), 'calseta-recipe-'));
let failed = 0;
try {
  for (const name of FILES) cpSync(join(root, name), join(copy, name));
  for (const name of FOLDERS) {
    // Links of pnpm stay links: they lead to packages by relative paths, within the copy.
    const filter = (path) => !/\/(dist|coverage)$/.test(path);
    cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true, filter });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const recipe of RECIPES) {
    follow(readFileSync(join(root, recipe.page), 'utf8'), recipe.edits);
    const { code, output } = await run(process.execPath, [
      '--experimental-vm-modules',
      '--no-warnings=ExperimentalWarning',
      join(root, 'node_modules/jest/bin/jest.js'),
      `--rootDir=${copy}`,
      `--config=${join(copy, 'jest.config.js')}`,
      recipe.tests,
      '--selectProjects',
      'unit',
    ]);
    const tested = /Tests:\s+\d+ passed, \d+ total/.test(output);
    if (code !== 0 || !tested) failed += 1;
    process.stdout.write(
      `${recipe.page}: ${code === 0 && tested ? 'works' : `fails\n${output}`}\n`,
    );
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

/** Writes each block that a line with its path in backticks comes before, and makes the changes of the diffs. */
function follow(page, edited) {
  for (const [, path, text] of page.matchAll(/^`([^`\n]+\.\w+)`\n\n```\w+\n([\s\S]*?)^```$/gm)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  for (const [, diff] of page.matchAll(/^```diff\n([\s\S]*?)^```$/gm)) {
    const lines = diff.trimEnd().split('\n');
    const before = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
    const after = lines.map((line) => line.slice(1));
    const file = join(copy, edited);
    const text = readFileSync(file, 'utf8');
    if (!text.includes(before.join('\n')))
      throw new Error(`${edited} has no such lines:\n${before.join('\n')}`);
    writeFileSync(file, text.replace(before.join('\n'), after.join('\n')));
  }
}
