// `npm run docs`: rewrites the parts of the documents that are generated from schemas.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';
import { orExplain, setUp } from './setup.mjs';

await orExplain(setUp({ build: 'product' }));
const { generatedDocs } = await import('../services/standalone/dist/docs/generated-docs.js');
for (const { path, render } of generatedDocs) {
  const file = join(root, path);
  const current = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const wanted = render(current);
  if (wanted === current) continue;
  writeFileSync(file, wanted);
  process.stdout.write(`${path}\n`);
}
