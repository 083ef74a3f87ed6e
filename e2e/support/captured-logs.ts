import { Writable } from 'node:stream';

export type LogLine = Record<string, unknown> & {
  service: string;
  event: string;
  trace_id?: string;
  alert_id?: string;
};

export type CapturedLogs = {
  /** Fails when a line is not one JSON object. */
  lines: () => LogLine[];
  stream: () => Writable;
};

/** Keeps what loggers write; each logger has its own stream, as processes have. */
export function captureLogs(): CapturedLogs {
  const texts: string[] = [];
  return {
    lines: () => texts.map((text) => JSON.parse(text) as LogLine),
    stream() {
      let rest = '';
      return new Writable({
        write(chunk: Buffer, _encoding, done) {
          const parts = (rest + chunk.toString()).split('\n');
          rest = parts.pop() ?? '';
          texts.push(...parts);
          done();
        },
      });
    },
  };
}
