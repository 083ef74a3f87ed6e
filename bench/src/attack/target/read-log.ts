import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export type LogLine = { event: string; level: string } & Record<string, unknown>;

/** JSON lines of a log from a byte offset on; the cluster writes the service name before each line. */
export async function readLog(file: string, start: number): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of createInterface({ input: createReadStream(file, { start }) })) {
    const parsed = parseLine(line);
    if (parsed) lines.push(parsed);
  }
  return lines;
}

function parseLine(line: string): LogLine | undefined {
  const from = line.indexOf('{');
  if (from < 0) return undefined;
  try {
    return JSON.parse(line.slice(from)) as LogLine;
  } catch {
    return undefined;
  }
}
