import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from './machine.js';
import { renderSection, type Section } from './section.js';

const DIRECTORY = 'docs/reports';

/** The head of a report: what it was taken with. */
export const reportHead = (title: string, command: string, takenAt: Date): string =>
  [
    `# ${title}`,
    [`Taken ${takenAt.toISOString()} with \`${command}\`.`, ...describeMachine()]
      .map((line) => `- ${line}`)
      .join('\n'),
  ].join('\n\n');

/** Writes docs/reports/<date>-<name>.md and returns its path. */
export async function writeReport(options: {
  name: string;
  takenAt: Date;
  head: string;
  sections: readonly Section[];
}): Promise<string> {
  const { name, takenAt, head, sections } = options;
  const file = join(DIRECTORY, `${takenAt.toISOString().slice(0, 10)}-${name}.md`);
  await mkdir(DIRECTORY, { recursive: true });
  await writeFile(file, `${[head, ...sections.map(renderSection)].join('\n\n')}\n`);
  return file;
}
