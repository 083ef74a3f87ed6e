import { parseArgs } from 'node:util';
import { FAULTS } from './chaos/registry.js';
import { runFault } from './chaos/run-fault.js';
import { startChaosSystem } from './chaos/chaos-system.js';
import { describeMachine } from './report/machine.js';
import { renderSection, type Section } from './report/section.js';
import { reportHead, writeReport } from './report/write-report.js';

const USAGE = `npm run chaos [-- scenario… --short --alerts N --per-second N --rounds N --pause-ms N --report]

${FAULTS.map(({ name, summary }) => `  ${name.padEnd(17)}${summary}`).join('\n')}

Without a name, all of them, one after another on the same system. --report writes docs/reports/<date>-chaos.md.
The exit code is 1 when a scenario missed a goal.
`;
const write = (text: string) => process.stdout.write(`${text}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    alerts: { type: 'string' },
    'per-second': { type: 'string' },
    rounds: { type: 'string' },
    'pause-ms': { type: 'string' },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const chosen = FAULTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (values.help || chosen.length < positionals.length) {
  write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const takenAt = new Date();
const machine = describeMachine();
const given = (text: string | undefined, otherwise: number) => Number(text ?? otherwise);
const sections: Section[] = [];
let serverVersions: string | undefined;
{
  await using chaos = await startChaosSystem();
  ({ serverVersions } = chaos.system);
  for (const fault of chosen) {
    write(`\n[${fault.name}]`);
    const size = values.short ? fault.short : fault.full;
    const section = await runFault(chaos, fault, {
      ...size,
      alerts: given(values.alerts, size.alerts),
      alertsPerSecond: given(values['per-second'], size.alertsPerSecond),
      rounds: given(values.rounds, size.rounds),
      pauseMs: given(values['pause-ms'], size.pauseMs),
    });
    sections.push(section);
    write(renderSection(section));
  }
}
const command = `npm run chaos -- ${process.argv.slice(2).join(' ')}`;
const head = reportHead({ title: 'Chaos', command, takenAt, machine, serverVersions });
if (values.report)
  write(`\nWritten to ${await writeReport({ name: 'chaos', takenAt, head, sections })}`);
const hasFailed = sections.some(({ goals }) => goals.some(({ isMet }) => !isMet));
process.exitCode = hasFailed ? 1 : 0;
