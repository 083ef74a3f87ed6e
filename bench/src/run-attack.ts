import { parseArgs } from 'node:util';
import { type AttackContext, type Door } from './attack/door.js';
import { DOORS } from './attack/registry.js';
import { runDoor, type Verdict } from './attack/run-door.js';
import { startTarget, type Mode, MODES, type Target } from './attack/target/start-target.js';
import { describeMachine } from './report/machine.js';
import { renderSection, type Section } from './report/section.js';
import { reportHead, writeReport } from './report/write-report.js';

const USAGE = `npm run attack [-- door… --short --mode standalone|cluster --seed N --report]

${DOORS.map(({ name, summary }) => `  ${name.padEnd(18)}${summary}`).join('\n')}

Without a name, all of them; without a mode, both. Each is started anew, on loopback, and attacked there alone.
--report writes docs/reports/<date>-attack.md. The exit code is 1 when a door is open.
`;
const DEFAULT_SEED = 20_251;
const write = (text: string) => process.stdout.write(`${text}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    mode: { type: 'string' },
    seed: { type: 'string', default: String(DEFAULT_SEED) },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const chosen = DOORS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const modes = MODES.filter((mode) => values.mode === undefined || mode === values.mode);
if (values.help || chosen.length < positionals.length || modes.length === 0) {
  write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const takenAt = new Date();
const machine = describeMachine();
const verdicts: (Verdict & { mode: Mode })[] = [];
for (const mode of modes) await attackAll(mode, chosen);
const summary = summarise(verdicts);
write(`\n${renderSection(summary)}`);
const command = `npm run attack -- ${process.argv.slice(2).join(' ')}`;
const head = reportHead({ title: 'Attacks', command, takenAt, machine, serverVersions: undefined });
if (values.report) {
  const sections = [summary, ...verdicts.map(({ section }) => section)];
  write(`\nWritten to ${await writeReport({ name: 'attack', takenAt, head, sections })}`);
}
process.exitCode = verdicts.every(({ isHeld }) => isHeld) ? 0 : 1;

/** Runs one door after another on the same target, which is restarted after a door that was open. */
async function attackAll(mode: Mode, doors: readonly Door[]): Promise<void> {
  let target: Target | undefined;
  try {
    for (const door of doors) {
      write(`\n[${door.name}, ${mode}]`);
      target ??= await startTarget(mode);
      const size: AttackContext['size'] = values.short ? 'short' : 'full';
      const verdict = await runDoor(door, { target, size, seed: Number(values.seed) });
      verdicts.push({ ...verdict, mode });
      write(renderSection(verdict.section));
      if (verdict.isHeld) continue;
      await target[Symbol.asyncDispose]();
      target = undefined;
    }
  } finally {
    await target?.[Symbol.asyncDispose]();
  }
}

function summarise(all: readonly (Verdict & { mode: Mode })[]): Section {
  const cell = (door: string, mode: Mode): string => {
    const verdict = all.find((one) => one.door === door && one.mode === mode);
    return verdict === undefined ? '–' : verdict.isHeld ? 'held' : '**open**';
  };
  return {
    title: 'Verdicts',
    method: 'A door is held when every goal of it is met.',
    tables: [
      {
        head: ['door', ...modes],
        rows: chosen.map(({ name }) => [name, ...modes.map((mode) => cell(name, mode))]),
      },
    ],
    goals: [],
    notes: [],
  };
}
