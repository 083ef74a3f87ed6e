import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderSection, type Section } from './section.js';

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
