// Removes from the packages of an image what no service loads, and prints what that saved. Runs in deploy/Dockerfile.
// `node scripts/prune-image.mjs /app`
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [directory] = process.argv.slice(2);
if (!directory) throw new Error('Give the directory whose node_modules are to be pruned.');

/** Paths below node_modules that are removed. */
const UNUSED = [
  // Types, sources and source maps of others: Node loads no TypeScript from node_modules.
  /\.(?:ts|mts|cts|map)$/,
  // Pages for people, but for licences.
  /\/(?!licen[cs]e)[^/]*\.(?:md|markdown)$/i,
  // Builds for bundlers and browsers: Node takes the one beside them.
  /\/@opentelemetry\/[^/]+\/build\/(?:esm|esnext)\//,
  /\/axios\/dist\/(?:browser\/|esm\/|axios[^/]*$)/,
  /\/redoc\/bundles\/(?!redoc\.standalone\.js$)[^/]*$/,
  // Names of attributes that nothing of OpenTelemetry asks for.
  /\/@opentelemetry\/semantic-conventions\/dist\/index-incubating\./,
  // Tests, with their data.
  /\/bintrees\/test\//,
  // Prisma brings its query compiler for five databases, each in two sizes and as two kinds of module.
  /\/@prisma\/client\/runtime\/query_compiler_(?!fast_bg\.postgresql\.(?:wasm-base64\.)?mjs)[^/]*$/,
  // The token counter is imported as a module, for one encoding.
  /\/gpt-tokenizer\/(?:cjs|data|src)\//,
  /\/gpt-tokenizer\/esm\/bpeRanks\/(?!o200k_base\.)[^/]*$/,
];

let files = 0;
let bytes = 0;

function prune(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // pnpm's links lead to folders that are visited anyway.
    if (entry.isDirectory()) prune(path);
    else if (entry.isFile() && UNUSED.some((pattern) => pattern.test(path))) {
      files += 1;
      bytes += statSync(path).size;
      rmSync(path);
    }
  }
}
prune(join(directory, 'node_modules'));
if (files === 0) throw new Error(`Nothing to prune in ${directory}: have the packages moved?`);
process.stdout.write(`Removed ${files} files that nobody loads, ${Math.round(bytes / 1e6)} MB.\n`);
