import { parseTraceparent } from '@calseta/common';
import winston from 'winston';
import { currentContext, type LogContext } from './log-context.js';
import { redact, redactText } from './redact.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Record<string, unknown>;

/** Writes one JSON object a line: `event` names what happened, the fields say to what. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with these ids on its lines, for work that runs in no context of its own. */
  within(context: LogContext): Logger;
}

const MAX_LINE_LENGTH = 32_768;
const MESSAGE = Symbol.for('message');
const FIELDS = Symbol('fields');
const CONTEXT = Symbol('context');

type Entry = winston.Logform.TransformableInfo & {
  [FIELDS]?: LogFields;
  [CONTEXT]?: LogContext;
};

/** Makes the JSON logger; lines go to stdout unless a stream is given. */
export function createLogger(options: {
  service: string;
  level: LogLevel;
  stream?: NodeJS.WritableStream;
}): Logger {
  const stream = options.stream ?? process.stdout;
  const logger = winston.createLogger({
    level: options.level,
    format: winston.format((info) => {
      info[MESSAGE] = formatLine(options.service, info);
      return info;
    })(),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- misfires on winston's transports
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  const logWithin = (context: LogContext): Logger => {
    const write = (level: LogLevel) => (event: string, fields?: LogFields) => {
      if (!logger.isLevelEnabled(level)) return;
      // Behind symbols, so that winston neither merges the fields nor reads a `message` among them.
      logger.write({ level, message: event, [FIELDS]: fields, [CONTEXT]: context });
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      within: (inner) => logWithin({ ...context, ...inner }),
    };
  };
  return logWithin({});
}

function formatLine(service: string, info: Entry): string {
  const context = { ...currentContext(), ...info[CONTEXT] };
  // JSON leaves out what is undefined.
  const base: LogFields = {
    timestamp: new Date().toISOString(),
    level: info.level,
    service: context.service ?? service,
    event: redactText(String(info.message)),
    trace_id: parseTraceparent(context.traceparent)?.traceId,
    request_id: context.requestId,
    alert_id: context.alertId,
  };
  const fields = redact(info[FIELDS] ?? {}) as LogFields;
  const { timestamp, level, event } = base;
  const line = toLine({ ...base, ...fields, timestamp, level, service: base['service'], event });
  return line.length <= MAX_LINE_LENGTH
    ? line
    : toLine({ ...base, truncated: true, keys: Object.keys(fields) });
}

/** U+2028, U+2029, U+0085 and DEL are legal in JSON, and line ends or controls to some readers. */
function toLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
