import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { AppError, newTraceparent, parseTraceparent } from '@calseta/common';
import { Secret } from '../config/secret.js';
import { runInContext } from './log-context.js';
import { logFailures } from './log-failures.js';
import { createLogger, type LogFields } from './logger.js';

function logged(act: (log: ReturnType<typeof createLogger>) => void): string {
  const stream = new PassThrough();
  act(createLogger({ service: 'tester', level: 'info', stream }));
  return String(stream.read() ?? '');
}

const parse = (text: string): LogFields => JSON.parse(text) as LogFields;

describe('the logger', () => {
  test('writes one JSON object with time, level, service, event and fields', () => {
    const line = parse(logged((log) => log.info('thing.done', { count: 3 })));
    expect(line).toMatchObject({ level: 'info', service: 'tester', event: 'thing.done', count: 3 });
    expect(line['timestamp']).toMatch(/Z$/);
  });

  test.each([
    '\n{"level":"error","event":"forged"}',
    '\r\n\u0000\u001b[31m',
    '\u2028\u2029\u0085\u007f',
    '\ud800',
  ])('keeps %j inside its one line', (text) => {
    const output = logged((log) => log.warn(`odd ${text}`, { text, [text]: text }));
    const lines = output.split(/[\n\r\u2028\u2029\u0085]/).filter((line) => line !== '');
    expect(lines).toHaveLength(1);
    // eslint-disable-next-line no-control-regex -- none of these may reach a terminal
    expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(parse(lines[0] ?? '')).toMatchObject({ level: 'warn', text });
  });

  test('lets no field forge time, level, service or event', () => {
    const line = parse(
      logged((log) => log.info('real', { level: 'debug', service: 'x', event: 'y', message: 'm' })),
    );
    expect(line).toMatchObject({ level: 'info', service: 'tester', event: 'real', message: 'm' });
  });

  test('says of an outage what does not answer, and no stack; of a defect, where it is', () => {
    const cause = new Error('connect ECONNREFUSED postgresql://u:hunter2@h');
    const away = new AppError('service.unavailable', 'The database does not answer.', { cause });
    expect(parse(logged((log) => log.warn('poll.failed', { error: away })))['error']).toEqual({
      name: 'AppError',
      message: 'The database does not answer.',
      code: 'service.unavailable',
      reason: 'Error: connect ECONNREFUSED postgresql://u:[redacted]@h',
    });
    const defect = parse(logged((log) => log.warn('poll.failed', { error: cause })))['error'];
    expect(defect).toHaveProperty('stack', expect.stringContaining('\n    at '));
  });

  test('leaves failures out that an outage explains', () => {
    const away = new AppError('service.unavailable', 'The database does not answer.');
    expect(logged((log) => logFailures(log, 'poll.failed')(away))).toBe('');
    const defect = logged((log) => logFailures(log, 'poll.failed', { poll: 1 })(new Error('x')));
    expect(parse(defect)).toMatchObject({ event: 'poll.failed', poll: 1, error: { message: 'x' } });
  });

  test('adds the ids of the work at hand', () => {
    const traceparent = newTraceparent();
    const line = parse(
      logged((log) =>
        runInContext({ traceparent, requestId: 'r-1' }, () =>
          runInContext({ alertId: 'a-1' }, () => log.info('thing.done')),
        ),
      ),
    );
    expect(line).toMatchObject({
      trace_id: parseTraceparent(traceparent)?.traceId,
      request_id: 'r-1',
      alert_id: 'a-1',
    });
  });

  test.each<[string, LogFields]>([
    ['a Secret', { value: new Secret('hunter2') }],
    ['a field named like one', { apiKey: 'hunter2', nested: { 'Set-Cookie': 'hunter2' } }],
    ['an auth header', { auth_header: 'hunter2', Authorization: ['hunter2'] }],
    ['a signing secret', { signing_secret: 'hunter2', whsec: 'whsec_hunter2hunter2' }],
    ['a bearer token in text', { text: 'sent Authorization: Bearer hunter2hunter2 to it' }],
    ['one of our keys in text', { url: '/v1/ingest/splunk/cai_hunter2hunter2_hunter2' }],
    ['a password in a URL', { url: 'postgres://calseta:hunter2@db:5432/x' }],
    [
      'an error with a request on it',
      {
        error: Object.assign(new Error('no'), {
          config: { headers: { Authorization: 'hunter2' } },
        }),
      },
    ],
    ['an error message', { error: new Error('bad key cai_hunter2hunter2') }],
  ])('does not write %s', (_what, fields) => {
    expect(logged((log) => log.error('oops', fields))).not.toContain('hunter2');
  });

  test('tells an error with its cause', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    expect(parse(logged((log) => log.error('oops', { error })))).toMatchObject({
      error: { name: 'Error', message: 'outer', cause: { message: 'inner' } },
    });
  });

  test('survives loops, depth, bytes and size', () => {
    const loop: LogFields = { big: 10n, bytes: Buffer.alloc(9), text: 'x'.repeat(100_000) };
    loop['self'] = loop;
    loop['many'] = Array.from({ length: 60 }, () => 'y'.repeat(4_000));
    const output = logged((log) => log.info('odd', loop));
    expect(output.length).toBeLessThan(33_000);
    expect(parse(output)).toMatchObject({ event: 'odd', truncated: true });
  });

  test('writes a field named like a prototype as a field', () => {
    const fields = JSON.parse('{"__proto__":{"admin":true},"nested":{"__proto__":1}}') as LogFields;
    const output = logged((log) => log.info('odd', fields));
    expect(output).toContain('"__proto__":{"admin":true}');
    expect(output).toContain('"nested":{"__proto__":1}');
  });

  test('writes nothing below its level', () => {
    expect(logged((log) => log.debug('quiet'))).toBe('');
  });
});
