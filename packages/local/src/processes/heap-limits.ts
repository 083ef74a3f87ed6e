/**
 * Heap of a service, MiB. One that may grow to gigabytes, which is Node's own limit on a large machine, grows fourfold
 * between two collections; with this limit it stays close to what it needs.
 */
const SERVICE_HEAP_MIB = 384;
/** Room for short-lived objects: with Node's 16 MiB, more of them are promoted to the old generation. */
const YOUNG_SPACE_MIB = 32;

/** Arguments of node for a service; deploy/Dockerfile sets the same. */
export const SERVICE_NODE_ARGS: readonly string[] = [
  `--max-old-space-size=${SERVICE_HEAP_MIB}`,
  `--max-semi-space-size=${YOUNG_SPACE_MIB}`,
];

/** Arguments of node for all five in one process, which package.json gives to `npm start`: as much as they have apart. */
export const STANDALONE_NODE_ARGS: readonly string[] = [
  `--max-old-space-size=${5 * SERVICE_HEAP_MIB}`,
];
