import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { MAX_BATCH_BYTES } from './check-limits.js';
import { parseBody } from './parse-body.js';

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');
const declared = (charset: string): string => `application/json; charset=${charset}`;

type Read = { payload: unknown; text: string; notes: string[]; original: string | undefined };

/** What is read of each item, with originals as hex; error codes for unreadable ones. */
const read = (bytes: Buffer, contentType?: string): (Read | string)[] =>
  [...parseBody(bytes, contentType).items].map((item) =>
    item.kind === 'malformed'
      ? item.error.code
      : {
          payload: item.payload,
          text: item.text,
          notes: item.notes,
          original: item.original?.toString('hex'),
        },
  );

const CHARSETS: [string, string | undefined, (text: string) => Buffer][] = [
  ['UTF-8', undefined, (text) => Buffer.from(text)],
  ['UTF-8, declared', declared('UTF-8'), (text) => Buffer.from(text)],
  ['UTF-8 with a mark', undefined, (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16 with a mark', undefined, (text) => utf16le(`\ufeff${text}`)],
  ['big-endian UTF-16 with a mark', undefined, (text) => utf16be(`\ufeff${text}`)],
  ['UTF-16 with a mark, declared as UTF-8', declared('utf-8'), (text) => utf16le(`\ufeff${text}`)],
  ['UTF-16, declared', declared('"utf-16"'), utf16le],
  ['big-endian UTF-16, declared', declared('UTF-16BE'), utf16be],
  ['UTF-16 that is declared with the wrong end', declared('utf-16be'), utf16le],
  ['ISO-8859-1', declared('ISO-8859-1'), (text) => iconv.encode(text, 'latin1')],
  ['windows-1252', declared('windows-1252'), (text) => iconv.encode(text, 'windows-1252')],
  ['windows-1252, undeclared', 'application/json', (text) => iconv.encode(text, 'windows-1252')],
];

describe.each(CHARSETS)('a body in %s', (_, contentType, encode) => {
  /** Text that all of the charsets can encode. */
  const aText = fc.string({ unit: fc.constantFrom(...Array.from('aé"\\{}[],:\n ÿß0')) });
  const aValue = fc.dictionary(aText, fc.oneof(aText, fc.integer()), { maxKeys: 4 });

  test('says what it says in UTF-8, alone, in a list and in lines', () => {
    fc.assert(
      fc.property(fc.array(aValue, { minLength: 2, maxLength: 4 }), (values) => {
        const payloads = (text: string) =>
          read(encode(text), contentType).map((item) => (item as Read).payload);
        expect(payloads(JSON.stringify(values))).toEqual(values);
        expect(payloads(values.map((value) => JSON.stringify(value)).join('\n'))).toEqual(values);
        expect(payloads(JSON.stringify(values[0], null, 2))).toEqual([values[0]]);
      }),
    );
  });

  test('keeps the bytes of each alert where they are not its text in UTF-8', () => {
    const withoutMark = (bytes: Buffer): string =>
      bytes.toString('hex').replace(/^(fffe|feff)/, '');
    const texts = ['{"a": "é"}', '{ "b":"ß" }'];
    const items = read(encode(texts.join('\n')), contentType) as Read[];
    expect(items.map((item) => item.original ?? Buffer.from(item.text).toString('hex'))).toEqual(
      texts.map((text) => withoutMark(encode(text)).replace(/^efbbbf/, '')),
    );
  });
});

describe('a body of an undeclared charset', () => {
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
  const NOTE = 'The text is not UTF-8 and no charset was declared: it was read as windows-1252.';

  test('is read as windows-1252 with a note where it is not UTF-8, alert by alert', () => {
    const body = Buffer.concat([
      Buffer.from('[{"a":"é€"},'),
      latin1('{"a":"\x93caf\xe9\x94"},'),
      Buffer.from('{"a":"plain"}]'),
    ]);
    expect(read(body)).toEqual([
      { payload: { a: 'é€' }, text: '{"a":"é€"}', notes: [], original: undefined },
      {
        payload: { a: '“café”' },
        text: '{"a":"“café”"}',
        notes: [NOTE],
        original: latin1('{"a":"\x93caf\xe9\x94"}').toString('hex'),
      },
      { payload: { a: 'plain' }, text: '{"a":"plain"}', notes: [], original: undefined },
    ]);
  });

  test('is not guessed to be UTF-16', () => {
    expect(read(utf16le('{"a":1}'))).toEqual(['request.malformed']);
  });
});

test('bytes that stand for no character are replaced, noted, and kept', () => {
  const NOTE = 'Bytes that stand for no character in the charset were replaced.';
  const bytes = Buffer.from('{"a":"\x81"}', 'latin1');
  for (const charset of ['windows-1252', 'utf-8']) {
    expect(read(bytes, declared(charset))).toEqual([
      {
        payload: { a: '\ufffd' },
        text: '{"a":"\ufffd"}',
        notes: [NOTE],
        original: bytes.toString('hex'),
      },
    ]);
  }
});

test.each([
  ['UTF-8', Buffer.from('{"a":"x\0y"}'), undefined],
  ['UTF-16', utf16le('\ufeff{"a":"x\ud800y"}'), undefined],
  ['windows-1252', Buffer.from('{"a":"x\0y\xe9"}', 'latin1'), declared('latin1')],
])('what PostgreSQL does not take is replaced, noted, and kept: %s', (_, bytes, contentType) => {
  const [item] = read(bytes, contentType) as Read[];
  expect(item).toMatchObject({
    payload: { a: expect.stringMatching(/^x\ufffdy/) },
    notes: ['NUL characters or lone surrogates were replaced.'],
    original: bytes.toString('hex'),
  });
});

test.each(['shift_jis', 'utf-32', 'utf-7', 'x', 'hex', '__proto__', '"gb 18030"'])(
  'the charset %s is refused with the ones that are read',
  (charset) => {
    expect(() => read(Buffer.from('{}'), declared(charset))).toThrow(
      expect.objectContaining({
        code: 'request.unsupported_media_type',
        message: expect.stringMatching(/is not read\. Send UTF-8, UTF-16, /),
      }),
    );
  },
);

test.each(['application/json; charset=', 'application/json; charset=""', 'application/json;', ''])(
  'declares no charset: %p',
  (contentType) => {
    expect(read(Buffer.from('{"a":"\xe9"}', 'latin1'), contentType)).toMatchObject([
      { payload: { a: 'é' } },
    ]);
  },
);

test.each(['koi8-r', 'iso-8859-15', 'iso-8859-16', 'windows-1251', 'cp1250', 'us-ascii'])(
  'the charset %s is known',
  (charset) => {
    expect(read(Buffer.from('{"a":"\xe4"}', 'latin1'), declared(charset))).toMatchObject([
      {
        payload: { a: iconv.decode(Buffer.of(0xe4), charset === 'us-ascii' ? 'win1252' : charset) },
      },
    ]);
  },
);

describe('a body that grows when it is decoded', () => {
  const latin1 = declared('latin1');
  const bodyOf = (characters: number): Buffer =>
    Buffer.concat([Buffer.from('"'), Buffer.alloc(characters, 0xe9), Buffer.from('"')]);

  test('may have as many bytes in UTF-8 as a body may have, and not one more', () => {
    const most = (MAX_BATCH_BYTES - 2) / 2;
    expect(read(bodyOf(most), latin1)).toHaveLength(1);
    expect(() => read(bodyOf(most + 1), latin1)).toThrow(
      expect.objectContaining({ code: 'request.too_large' }),
    );
  });

  test('counts as UTF-8 where it comes in UTF-16', () => {
    const text = (characters: number) => utf16le(`\ufeff"${'€'.repeat(characters)}"`);
    const most = Math.floor((MAX_BATCH_BYTES - 2) / 3);
    expect(read(text(most))).toHaveLength(1);
    expect(() => read(text(most + 1))).toThrow(
      expect.objectContaining({ code: 'request.too_large' }),
    );
  });
});

describe('a body that is nearly JSON', () => {
  const readText = (text: string) => read(Buffer.from(text));
  const payloads = (text: string) =>
    readText(text).map((item) => (typeof item === 'string' ? item : item.payload));

  test('is read with a note that says what was repaired and where, and kept as it came', () => {
    const text = '{"a":1,\n "b":"x\ny",\n}';
    expect(readText(text)).toEqual([
      {
        payload: { a: 1, b: 'x\ny' },
        text: '{"a":1,\n "b":"x\\ny"\n}',
        notes: [
          'The text is nearly JSON and was repaired: a line break or control character in a text was ' +
            'escaped (line 2, column 8); a comma with nothing after it was left out (line 3, column 3).',
        ],
        original: Buffer.from(text).toString('hex'),
      },
    ]);
  });

  test('counts lines of the whole body, whatever the element', () => {
    const [, second] = readText('[{"a":1},\n\n  {"a":1,},{"a":2}]') as Read[];
    expect(second?.notes[0]).toContain('(line 3, column 9)');
  });

  test.each([
    ['{"a":1}{"a":2}', [{ a: 1 }, { a: 2 }]],
    ['{"a":1}\n{"a":2,}\n{"a":3}', [{ a: 1 }, { a: 2 }, { a: 3 }]],
    ['{\n"a":1\n}\n{\n"a":2\n}', [{ a: 1 }, { a: 2 }]],
    ['{"a":1},{"a":2}', [{ a: 1 }, { a: 2 }]],
    ['[{"a":1},{"a":2},]', [{ a: 1 }, { a: 2 }]],
    ['[{"a":1},{"a":say "hi"},{"a":3}]', [{ a: 1 }, 'request.malformed', { a: 3 }]],
    ['[{"a":1},{"a":"5" disk"},{"a":3}]', [{ a: 1 }, 'request.malformed', { a: 3 }]],
    ['[{"a":1},{"a":2},{"a":"op', [{ a: 1 }, { a: 2 }, 'request.malformed']],
    ['{"a":1}\n{"a":"open\n{"a":3}', [{ a: 1 }, 'request.malformed', { a: 3 }]],
    ['[{"a":1}{"a":2}]', [{ a: 1 }, { a: 2 }]],
    [JSON.stringify('{"a":1,}'), [{ a: 1 }]],
    [JSON.stringify(JSON.stringify('[{"a":1},{"a":2}]')), [{ a: 1 }, { a: 2 }]],
    [JSON.stringify(['{"a":1}', 'plain']), [{ a: 1 }, 'plain']],
    ['hello', ['request.malformed']],
    ['{"a":"say "hi"","list":[{"a":1},{"a":2}]}', ['request.malformed']],
  ])('takes what can be read of %p', (text, expected) => {
    expect(payloads(text)).toEqual(expected);
  });

  test('says where it stopped, with what stands around', () => {
    const body = `{"title":"${'x'.repeat(50)}",\n"b":"say "hi" and ${'y'.repeat(50)}"}`;
    const [item] = parseBody(Buffer.from(body)).items;
    expect(item).toMatchObject({
      kind: 'malformed',
      error: {
        message:
          'The body is not valid JSON: line 2, column 11 should have "," or "}", between ' +
          `"${'x'.repeat(27)}\\",\\n\\"b\\":\\"say \\"" and "hi\\" and ${'y'.repeat(32)}".`,
      },
    });
  });

  test('of any list with one broken element, the others are read', () => {
    const element = fc.record({ title: fc.string(), n: fc.integer(), list: fc.array(fc.string()) });
    fc.assert(
      fc.property(fc.array(element), fc.array(element), (before, after) => {
        const texts = (list: unknown[]) => list.map((one) => JSON.stringify(one));
        const list = [...texts(before), '{"title":"a "b" c"}', ...texts(after)].join(',');
        expect(payloads(`[${list}]`)).toEqual([...before, 'request.malformed', ...after]);
      }),
    );
  });
});
