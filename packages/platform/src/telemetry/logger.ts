import { parseTraceparent } from '@calseta/common';
import winston from 'winston';
import { gatherLines } from './gather-lines.js';
import { currentContext, type LogContext } from './log-context.js';
import { addRedacted, redactText } from './redact.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Record<string, unknown>;

/** Writes one JSON object per line: `event` names what happened, the fields give details. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with these ids on its lines, for work without a log context. */
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

/** Creates the JSON logger; it writes to stdout unless a stream is given. */
export function createLogger(options: {
  service: string;
  level: LogLevel;
  stream?: NodeJS.WritableStream;
}): Logger {
  const stream = options.stream ?? gatherLines(process.stdout);
  const logger = winston.createLogger({
    level: options.level,
    format: winston.format((info) => {
      info[MESSAGE] = formatLine(options.service, info);
      return info;
    })(),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- misfires on winston's transports
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  return new ContextLogger(logger, {});
}

/** One object per unit of work, so that most lines need no closures. */
class ContextLogger implements Logger {
  readonly #logger: winston.Logger;
  readonly #context: LogContext;

  constructor(logger: winston.Logger, context: LogContext) {
    this.#logger = logger;
    this.#context = context;
  }

  debug(event: string, fields?: LogFields): void {
    this.#write('debug', event, fields);
  }
  info(event: string, fields?: LogFields): void {
    this.#write('info', event, fields);
  }
  warn(event: string, fields?: LogFields): void {
    this.#write('warn', event, fields);
  }
  error(event: string, fields?: LogFields): void {
    this.#write('error', event, fields);
  }
  within(context: LogContext): Logger {
    return new ContextLogger(this.#logger, { ...this.#context, ...context });
  }

  #write(level: LogLevel, event: string, fields: LogFields | undefined): void {
    if (!this.#logger.isLevelEnabled(level)) return;
    // Symbols keep winston from merging the fields or reading a `message` among them.
    this.#logger.write({ level, message: event, [FIELDS]: fields, [CONTEXT]: this.#context });
  }
}

function formatLine(service: string, info: Entry): string {
  const given = info[CONTEXT] ?? {};
  const current = currentContext();
  const timestamp = new Date().toISOString();
  const { level } = info;
  const name = given.service ?? current.service ?? service;
  const event = redactText(String(info.message));
  const start = (): LogFields => ({
    timestamp,
    level,
    service: name,
    event,
    // JSON omits undefined values.
    trace_id: parseTraceparent(given.traceparent ?? current.traceparent)?.traceId,
    request_id: given.requestId ?? current.requestId,
    alert_id: given.alertId ?? current.alertId,
  });
  const fields = info[FIELDS] ?? {};
  const line = addRedacted(start(), fields);
  const text = toLine(Object.assign(line, { timestamp, level, service: name, event }));
  return text.length <= MAX_LINE_LENGTH
    ? text
    : toLine({ ...start(), truncated: true, keys: Object.keys(addRedacted({}, fields)) });
}

/** U+2028, U+2029, U+0085 and DEL are legal in JSON, but some readers take them for line ends or control characters. */
function toLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
