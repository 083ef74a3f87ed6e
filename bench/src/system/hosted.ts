import { fileURLToPath } from 'node:url';
import { type HostOptions } from '../tools/host-options.js';
import { type Launch } from './start-system.js';

/** Starts a worker with a host program that has more options than the worker's own main.js. */
export const hosted = (options: HostOptions): Launch => ({
  entry: fileURLToPath(new URL('../../dist/tools/service-host.js', import.meta.url)),
  args: [JSON.stringify(options)],
});
