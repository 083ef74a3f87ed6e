import { AppError } from '@calseta/common';

export type Charset =
  | { kind: 'utf-8' }
  /** UTF-8 if the bytes are valid UTF-8, else windows-1252. */
  | { kind: 'undeclared' }
  | { kind: 'utf-16'; isBigEndian: boolean }
  /** One byte per character, ASCII included; `name` is the one of iconv-lite. */
  | { kind: 'single-byte'; name: string };

export type FoundCharset = {
  charset: Charset;
  /** Length of the byte-order mark, bytes. */
  markLength: number;
};

const DECLARED = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]*))/i;
const UTF_8 = /^utf-?8$/;
const UTF_16 = /^(?:utf-?16(?:le|be)?|ucs-?2|iso-10646-ucs-2)$/;
/** Senders that declare ISO-8859-1 or ASCII mean windows-1252 (WHATWG Encoding Standard). */
const WINDOWS_1252 = /^(?:(?:windows-|cp)1252|iso[-_]?8859-?1|latin-?1|(?:us-)?ascii)$/;
const SINGLE_BYTE = /^(?:(?:windows-|cp)125\d|iso-8859-(?:[2-9]|1[013-6])|koi8-[ru])$/;
const MAX_SHOWN_NAME = 40;

/** Finds the charset of a JSON body. Throws AppError('request.unsupported_media_type') for an unsupported one. */
export function findCharset(bytes: Buffer, contentType: string | undefined): FoundCharset {
  const [first, second, third] = bytes;
  // A byte-order mark overrides the declared charset: in no other charset does JSON begin with these bytes.
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return { charset: { kind: 'utf-8' }, markLength: 3 };
  }
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { charset: { kind: 'utf-16', isBigEndian: first === 0xfe }, markLength: 2 };
  }
  return { charset: declaredCharset(contentType, first), markLength: 0 };
}

function declaredCharset(contentType: string | undefined, firstByte: number | undefined): Charset {
  const [, quoted, plain] = DECLARED.exec(contentType ?? '') ?? [];
  const name = (quoted ?? plain ?? '').trim().toLowerCase();
  if (name === '') return { kind: 'undeclared' };
  if (UTF_8.test(name)) return { kind: 'utf-8' };
  // JSON begins with an ASCII character, and one of its two bytes is zero.
  if (UTF_16.test(name)) return { kind: 'utf-16', isBigEndian: firstByte === 0 };
  if (WINDOWS_1252.test(name)) return { kind: 'single-byte', name: 'windows-1252' };
  if (SINGLE_BYTE.test(name)) return { kind: 'single-byte', name };
  throw new AppError(
    'request.unsupported_media_type',
    `The charset "${name.slice(0, MAX_SHOWN_NAME)}" is not read. ` +
      'Send UTF-8, UTF-16, or one of ISO-8859-x, windows-125x and KOI8.',
  );
}
