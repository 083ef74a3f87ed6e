import { mkdir, mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { percent } from '../report/cost-table.js';
import {
  readProfile,
  selfTimeByArea,
  selfTimeByFunction,
  type SelfTime,
} from '../report/profile-summary.js';
import { type Section, type Table } from '../report/section.js';
import { type ServiceName } from '../system/start-system.js';
import { type Scenario, type ScenarioContext } from './scenario.js';

const MAX_SECONDS = 4;
const MAX_BACKLOG = 20_000;
const TOP_AREAS = 12;
const TOP_FUNCTIONS = 15;

/** Kept, so that a browser's developer tools can open them. */
const PARENT = '.calseta/profiles';

/**
 * Runs a scenario again, shorter, on profiled services, and adds where their time was spent. The profiler
 * slows them down, so no figure is taken from a profiled run.
 */
export async function profileAgain(
  section: Section,
  scenario: Scenario,
  context: ScenarioContext,
): Promise<Section> {
  if (scenario.profiled.length === 0) return section;
  await mkdir(PARENT, { recursive: true });
  const directory = await mkdtemp(join(resolve(PARENT), `${scenario.name}-`));
  const nodeArgs = (service: ServiceName): string[] =>
    scenario.profiled.includes(service)
      ? ['--cpu-prof', `--cpu-prof-dir=${join(directory, service)}`]
      : [];
  await scenario.run({
    ...context,
    runs: 1,
    seconds: Math.min(context.seconds, MAX_SECONDS),
    backlog: Math.min(context.backlog, MAX_BACKLOG),
    startSystem: async (options) => await context.startSystem({ ...options, nodeArgs }),
    say: (line) => context.say(`profiled: ${line}`),
  });
  const tables = await Promise.all(
    scenario.profiled.map(
      async (service) => await profileTables(service, join(directory, service)),
    ),
  );
  return {
    ...section,
    tables: [...section.tables, ...tables.flat()],
    notes: [...section.notes, PROFILE_NOTE],
  };
}

const PROFILE_NOTE =
  'The shares of self time are of a further, shorter run on profiled processes, their start included; waiting is left out.';

async function profileTables(service: ServiceName, directory: string): Promise<Table[]> {
  const profile = await readProfile(directory);
  const table = (by: string, rows: readonly SelfTime[]): Table => ({
    head: [`self time in ${service}, by ${by}`, 'share'],
    rows: rows.map(({ name, share }) => [name, percent(share)]),
  });
  return [
    table('area', top(selfTimeByArea(profile), TOP_AREAS)),
    table('function', top(selfTimeByFunction(profile), TOP_FUNCTIONS)),
  ];
}

/** The largest entries, and the sum of all others. */
function top(times: readonly SelfTime[], count: number): SelfTime[] {
  const others = times.slice(count).reduce((sum, { share }) => sum + share, 0);
  return [...times.slice(0, count), { name: 'all others', share: others }];
}
