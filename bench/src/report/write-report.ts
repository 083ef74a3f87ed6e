import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pictureFile, renderSection, type Section } from './section.js';

const HOW_SERVERS_RUN =
  'each a process on the same machine, syncing to disk, with data of their own; default settings, but 512 MB of shared_buffers';
const DIRECTORY = 'docs/reports';

/** The head of a report: the machine and the versions. */
export const reportHead = (options: {
  title: string;
  command: string;
  takenAt: Date;
  machine: readonly string[];
  /** Undefined when no scenario needed a server. */
  serverVersions: string | undefined;
}): string => {
  const { title, command, takenAt, machine, serverVersions } = options;
  const lines = [`Taken ${takenAt.toISOString()} with \`${command.trim()}\``, ...machine];
  if (serverVersions !== undefined) lines.push(`${serverVersions}; ${HOW_SERVERS_RUN}`);
  return `# ${title}\n\n${lines.map((line) => `- ${line}`).join('\n')}`;
};

/** Writes docs/reports/<date>-<name>.md and the pictures beside it; returns its path. */
export async function writeReport(options: {
  name: string;
  takenAt: Date;
  head: string;
  sections: readonly Section[];
}): Promise<string> {
  const { name, takenAt, head, sections } = options;
  const report = `${takenAt.toISOString().slice(0, 10)}-${name}`;
  const file = join(DIRECTORY, `${report}.md`);
  await mkdir(DIRECTORY, { recursive: true });
  const texts = sections.map((section) => renderSection(section, report));
  await writeFile(file, `${[head, ...texts].join('\n\n')}\n`);
  for (const picture of sections.flatMap(({ pictures = [] }) => pictures)) {
    await writeFile(join(DIRECTORY, pictureFile(report, picture)), picture.svg);
  }
  return file;
}
