// Every relative link of a document leads to a file or folder that is there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './run.mjs';

const pages = execFileSync('git', ['-C', root, 'ls-files', '*.md'], { encoding: 'utf8' })
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(root, page)));
const LINK = /\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g;

const broken = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(LINK)]
    .map(([, target]) => target)
    .filter((target) => !existsSync(join(root, dirname(page), target)))
    .map((target) => `${page}: ${target}`),
);
process.stdout.write(
  broken.length === 0
    ? `${pages.length} pages\n`
    : `Links that lead nowhere:\n${broken.join('\n')}\n`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
