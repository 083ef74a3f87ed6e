import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describeMachine } from './report/machine.js';
import { renderSection } from './report/section.js';
import { SCENARIOS } from './scenarios/registry.js';

const USAGE = `npm run bench [-- scenario… --runs 5 --seconds 8 --backlog 100000 --stored 1000000 --profile --report]

${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(16)}${summary}`).join('\n')}

Without a name, all of them. --report writes docs/reports/<date>-bench.md.
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

const startedAt = new Date();
const parts = [
  '# Benchmark',
  [
    `Taken ${startedAt.toISOString()} with \`npm run bench -- ${process.argv.slice(2).join(' ')}\`.`,
    ...describeMachine(),
  ]
    .map((line) => `- ${line}`)
    .join('\n'),
];
for (const { name, run } of chosen) {
  write(`\n[${name}]`);
  const section = await run({
    runs: Number(values.runs),
    seconds: Number(values.seconds),
    backlog: Number(values.backlog),
    storedAlerts: Number(values.stored),
    profiles: values.profile,
    say: (line) => write(`[${name}] ${line}`),
  });
  parts.push(renderSection(section));
  write(`\n${parts.at(-1) ?? ''}`);
}
if (values.report) {
  const file = `docs/reports/${startedAt.toISOString().slice(0, 10)}-bench.md`;
  await mkdir('docs/reports', { recursive: true });
  await writeFile(file, `${parts.join('\n\n')}\n`);
  write(`\nWritten to ${file}`);
}
