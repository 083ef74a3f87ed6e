import { setImmediate as nextTurn } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { writeTogether } from './write-together.js';

function recordingStream(): { stream: Writable; writes: string[] } {
  const writes: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString());
      done();
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join('+'));
      done();
    },
    highWaterMark: 4,
  });
  return { stream, writes };
}

describe('writeTogether', () => {
  test('lets what is written in one turn leave as one, in order', async () => {
    const { stream, writes } = recordingStream();
    writeTogether(stream);
    for (const text of ['a', 'b', 'c']) stream.write(Buffer.from(text));
    await nextTurn();
    stream.write(Buffer.from('d'));
    await nextTurn();
    expect(writes).toEqual(['a+b+c', 'd']);
  });

  test('still says when the writer has to wait', async () => {
    const { stream } = recordingStream();
    writeTogether(stream);
    expect(stream.write(Buffer.from('ab'))).toBe(true);
    expect(stream.write(Buffer.from('cd'))).toBe(false);
    await new Promise((resolve) => stream.once('drain', resolve));
    expect(stream.write(Buffer.from('e'))).toBe(true);
  });
});
