// Runs the Prisma CLI without its downloads: `npm run generate` creates the client in
// packages/database/src/generated; arguments, when given, replace `generate`, as in
// `npm run generate -- migrate diff --from-empty --to-schema prisma/schema.prisma --script`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const given = process.argv.slice(2);
const command = given.length > 0 ? given : ['generate', '--no-hints'];

const { status } = spawnSync(
  process.execPath,
  [
    path('../node_modules/prisma/build/index.js'),
    ...command,
    '--config',
    path('../prisma/prisma.config.mjs'),
  ],
  {
    cwd: path('..'),
    stdio: 'inherit',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: path('./prisma-engine.mjs'),
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  },
);
process.exitCode = status ?? 1;
