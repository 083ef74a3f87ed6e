import { describe, expect, test } from '@jest/globals';
import { bundle, MAX_BUNDLED, unbundle } from './bundle.js';

const line = (number: number) => ({
  text: `{"number":${number}}`,
  messageId: `message-${number}`,
  traceparent: `trace-${number}`,
});
const text = (body: Uint8Array) => Buffer.from(body).toString();

describe('bundle', () => {
  test('leaves one message as it is', () => {
    const { body, properties } = bundle([line(1)]);
    expect(text(body)).toBe('{"number":1}');
    expect(properties).toEqual({
      contentType: 'application/json',
      messageId: 'message-1',
      headers: { traceparent: 'trace-1' },
    });
    expect(unbundle(body, properties)).toEqual([
      { body, headers: { traceparent: 'trace-1' }, messageId: 'message-1' },
    ]);
  });

  test('gives each of several its own trace back', () => {
    const { body, properties } = bundle([line(1), line(2), line(3)]);
    const lines = unbundle(body, properties);
    expect(lines.map((it) => text(it.body))).toEqual(
      [line(1), line(2), line(3)].map((it) => it.text),
    );
    expect(lines.map(({ headers }) => headers['traceparent'])).toEqual([
      'trace-1',
      'trace-2',
      'trace-3',
    ]);
  });

  test('takes as many lines as are ever bundled, and leaves what is longer whole', () => {
    const lines = (count: number) => Buffer.from(Array(count).fill('{}').join('\n'));
    const contentType = 'application/x-ndjson';
    expect(unbundle(lines(MAX_BUNDLED), { contentType })).toHaveLength(MAX_BUNDLED);
    const tooMany = lines(MAX_BUNDLED + 1);
    expect(unbundle(tooMany, { contentType })).toEqual([{ body: tooMany, headers: {} }]);
  });

  test.each([
    ['no traces', undefined],
    ['a foreign header', { traceparents: 'x' }],
    ['too few traces', { traceparents: [] }],
  ])('reads lines with %s', (_, headers) => {
    const read = unbundle(Buffer.from('a\nb'), { contentType: 'application/x-ndjson', headers });
    expect(read.map(({ body }) => text(body))).toEqual(['a', 'b']);
    expect(read[0]?.headers['traceparent']).toBeUndefined();
  });
});
