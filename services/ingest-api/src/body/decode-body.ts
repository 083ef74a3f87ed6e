import { isAscii, isUtf8 } from 'node:buffer';
import { storableText } from '@calseta/common';
import iconv from 'iconv-lite';
import { checkDecodedSize, mayDecodeTooLarge } from './check-limits.js';
import { findCharset } from './find-charset.js';

/** One value of a body, as text that can be parsed and stored. */
export type DecodedPart = {
  text: string;
  notes: string[];
  /** The bytes that were sent, if they are not the text in UTF-8. */
  original?: Buffer;
};

export type DecodedBody = {
  /** Text with the structure of the JSON: brackets, quotes, commas and line ends. */
  outline: string;
  /** Decodes the outline or a part of it. */
  read: (part: string) => DecodedPart;
};

const NOTES = {
  undeclared: 'The text is not UTF-8 and no charset was declared: it was read as windows-1252.',
  replaced: 'Bytes that stand for no character in the charset were replaced.',
  unstorable: 'NUL characters or lone surrogates were replaced.',
};
const REPLACEMENT = '\uFFFD';

/**
 * Decodes a body by its byte-order mark or charset. Undecodable bytes are replaced, so that the alert is still
 * accepted.
 */
export function decodeBody(bytes: Buffer, contentType?: string): DecodedBody {
  const { charset, markLength } = findCharset(bytes, contentType);
  const body = markLength === 0 ? bytes : bytes.subarray(markLength);
  switch (charset.kind) {
    case 'utf-16':
      return decodeUtf16(bytes, body, charset.isBigEndian);
    case 'single-byte':
      if (isAscii(body)) return decodeUtf8(body);
      return decodeByParts(body, (sent) => fromCharset(sent, charset.name));
    case 'utf-8':
      return isUtf8(body) ? decodeUtf8(body) : decodeByParts(body, fromBrokenUtf8);
    case 'undeclared':
      return isUtf8(body) ? decodeUtf8(body) : decodeByParts(body, fromUndeclared);
  }
}

function decodeUtf8(body: Buffer): DecodedBody {
  const outline = body.toString('utf8').trim();
  return outline.includes('\0')
    ? { outline, read: (part) => toPart({ text: part, notes: [] }, Buffer.from(part)) }
    : { outline, read: (text) => ({ text, notes: [] }) };
}

function decodeUtf16(whole: Buffer, body: Buffer, isBigEndian: boolean): DecodedBody {
  const evenLength = body.length - (body.length % 2);
  const units = Buffer.from(body.subarray(0, evenLength));
  const outline = (isBigEndian ? units.swap16() : units).toString('utf16le').trim();
  checkDecodedSize(outline);
  const encode = (part: string): Buffer => {
    const encoded = Buffer.from(part, 'utf16le');
    return isBigEndian ? encoded.swap16() : encoded;
  };
  return {
    outline,
    read: (part) => toPart({ text: part, notes: [] }, part === outline ? whole : encode(part)),
  };
}

type Decode = (sent: Buffer) => { text: string; notes: string[] };

/**
 * For charsets in which a byte below 128 is always the ASCII character: the bytes themselves are the outline, and
 * each part is decoded separately.
 */
function decodeByParts(body: Buffer, decode: Decode): DecodedBody {
  if (mayDecodeTooLarge(body)) checkDecodedSize(decode(body).text);
  const outline = body.toString('latin1').trim();
  const read = (part: string): DecodedPart => {
    const sent = part === outline ? body : Buffer.from(part, 'latin1');
    return toPart(decode(sent), sent);
  };
  return { outline, read };
}

function fromCharset(sent: Buffer, charset: string): ReturnType<Decode> {
  const text = iconv.decode(sent, charset);
  return { text, notes: text.includes(REPLACEMENT) ? [NOTES.replaced] : [] };
}

const fromBrokenUtf8: Decode = (sent) =>
  isUtf8(sent) ? { text: sent.toString('utf8'), notes: [] } : fromCharset(sent, 'utf-8');

function fromUndeclared(sent: Buffer): ReturnType<Decode> {
  if (isUtf8(sent)) return { text: sent.toString('utf8'), notes: [] };
  const { text, notes } = fromCharset(sent, 'windows-1252');
  return { text, notes: [NOTES.undeclared, ...notes] };
}

/** Makes decoded text storable; keeps the sent bytes when they differ from it. */
function toPart({ text, notes }: ReturnType<Decode>, sent: Buffer): DecodedPart {
  const storable = storableText(text);
  return {
    text: storable,
    notes: storable === text ? notes : [...notes, NOTES.unstorable],
    ...(!sent.equals(Buffer.from(storable)) && { original: sent }),
  };
}
