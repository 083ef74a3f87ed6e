import { parseArgs } from 'node:util';
import { describeMachine } from './report/machine.js';
import { renderSection, type Section } from './report/section.js';
import { reportHead, writeReport } from './report/write-report.js';
import { profileAgain } from './scenarios/profile-again.js';
import { SCENARIOS } from './scenarios/registry.js';
import { type ScenarioContext } from './scenarios/scenario.js';
import { startSystem } from './system/start-system.js';

const USAGE = `npm run bench [-- scenario… --runs 5 --seconds 8 --backlog 100000 --stored 1000000 --profile --report]

${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(16)}${summary}`).join('\n')}

Without a name, all of them. --profile repeats each, shorter, on profiled services.
--report writes docs/reports/<date>-bench.md, or <date>-<scenario>.md of a single one.
`;
const write = (text: string) => process.stdout.write(`${text}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '8' },
    backlog: { type: 'string', default: '100000' },
    stored: { type: 'string', default: '1000000' },
    profile: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const chosen = SCENARIOS.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
);
if (values.help || chosen.length < positionals.length) {
  write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const takenAt = new Date();
const machine = describeMachine();
let serverVersions: string | undefined;
const sections: Section[] = [];
for (const scenario of chosen) {
  write(`\n[${scenario.name}]`);
  const context: ScenarioContext = {
    runs: Number(values.runs),
    seconds: Number(values.seconds),
    backlog: Number(values.backlog),
    storedAlerts: Number(values.stored),
    startSystem: async (options) => {
      const system = await startSystem(options);
      ({ serverVersions } = system);
      return system;
    },
    say: (line) => write(`[${scenario.name}] ${line}`),
  };
  const measured = await scenario.run(context);
  const section = values.profile ? await profileAgain(measured, scenario, context) : measured;
  sections.push(section);
  write(`\n${renderSection(section)}`);
}
const reportName = positionals.length === 1 ? (positionals[0] ?? 'bench') : 'bench';
const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`;
const head = reportHead({ title: 'Benchmark', command, takenAt, machine, serverVersions });
if (values.report)
  write(`\nWritten to ${await writeReport({ name: reportName, takenAt, head, sections })}`);
