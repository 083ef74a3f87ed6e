import { mkdir, mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readProfile, summariseProfile } from '../report/profile-summary.js';
import { type Table } from '../report/section.js';
import { type Launch, type ServiceName, type System } from './start-system.js';

export type Profiles = {
  launch: (service: ServiceName) => Launch;
  /** Ends the profiled services and says where their time went. */
  tables: (system: System) => Promise<Table[]>;
};

const TOP_FUNCTIONS = 15;

/** Kept, so that they can be opened in a browser's developer tools. */
const PARENT = '.calseta/profiles';

/** CPU profiles of some services, which Node writes when they end. */
export async function recordProfiles(services: readonly ServiceName[]): Promise<Profiles> {
  await mkdir(PARENT, { recursive: true });
  const directory = await mkdtemp(join(resolve(PARENT), 'run-'));
  return {
    launch: (service) =>
      services.includes(service)
        ? { nodeArgs: ['--cpu-prof', `--cpu-prof-dir=${join(directory, service)}`] }
        : {},
    async tables(system) {
      const tables: Table[] = [];
      for (const service of services) {
        await Promise.all(system.instancesOf(service).map(({ process }) => process().stop()));
        const functions = summariseProfile(
          await readProfile(join(directory, service)),
          TOP_FUNCTIONS,
        );
        const rows = functions.map(({ place, share }) => [place, `${(share * 100).toFixed(1)} %`]);
        tables.push({ head: [`self time in ${service}`, 'share'], rows });
      }
      return tables;
    },
  };
}
