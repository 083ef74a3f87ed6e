// What an image may hold, and how large it may be.

/** Of all files of an image together. */
export const MAX_BYTES = 250_000_000;
/** Of /app alone. The base, debian:bookworm-slim, has 75 MB and Node 109, so that 16 MB are left for what grows. */
export const MAX_APP_BYTES = 50_000_000;
/** Sources, tests, types and tools. */
const UNWANTED =
  /^\.?\/?app\/(?:(?:packages|services)\/[^/]+\/(?:src|test)\/|(?:packages|services)\/.*\.(?:test\.js|d\.ts|tsbuildinfo)$|.*\/node_modules\/(?:typescript|jest|prisma)\/|(?:scripts|e2e|bench)\/)/;

/** What is wrong with the files of an image, given as `[bytes, path]`; says how many there are. */
export function judgeFiles(name, files, maxBytes = MAX_BYTES) {
  const bytes = files.reduce((sum, [size]) => sum + size, 0);
  const sizes = `${files.length} files, ${Math.round(bytes / 1e6)} MB`;
  process.stdout.write(`${name}: ${sizes}, of at most ${maxBytes / 1e6} MB.\n`);
  const unwanted = files.map(([, path]) => path).filter((path) => UNWANTED.test(path));
  return [
    ...(files.length === 0 ? [`${name} could not be read.`] : []),
    ...(bytes > maxBytes ? [`${name} is larger than ${maxBytes / 1e6} MB.`] : []),
    ...unwanted.slice(0, 10).map((path) => `${name} holds ${path}.`),
  ];
}
