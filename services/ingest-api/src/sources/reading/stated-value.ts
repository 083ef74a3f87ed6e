import { isIP } from 'node:net';
import { type IndicatorType } from '@calseta/common';
import { isUnfilled } from '@calseta/indicators';

/** Reads a field as one type, or as the one of several types that fits its value. */
export type ReadAs =
  | 'ip'
  | 'domain'
  /** An address or a domain: senders write either into `src`, `dest`, `remote_host`. */
  | 'address'
  /** MD5, SHA-1 or SHA-256 by length. */
  | 'hash'
  /** `SHA1=…,MD5=…,IMPHASH=…`: only values whose label is a file hash. */
  | 'labelled_hash'
  | 'url'
  | 'email'
  | 'account';

export type StatedValue = { type: IndicatorType; value: string };

const MAX_VALUE_CHARACTERS = 2048;
const NOBODY = new Set(['unknown', 'nobody', 'anonymous', 'not available', 'system.object[]']);
const HASH_TYPES: Partial<Record<number, IndicatorType>> = {
  32: 'hash_md5',
  40: 'hash_sha1',
  64: 'hash_sha256',
};

type Read = (value: string) => StatedValue | undefined;

const READERS: Record<ReadAs, Read> = {
  ip: readIp,
  domain: readDomain,
  address: (value) => readIp(value) ?? readDomain(value),
  hash: readHash,
  labelled_hash: (value) =>
    /^(?:md5|sha1|sha-?256)[:=]/i.test(value) ? readHash(value) : undefined,
  url: (value) =>
    /^[a-z][a-z0-9+.-]{1,15}:\/\/[^\s/]/i.test(value) ? { type: 'url', value } : undefined,
  email: readEmail,
  account: (value) =>
    isAccount(value) ? { type: 'account', value: value.replaceAll('\\\\', '\\') } : undefined,
};

/** The indicator in a value; undefined when the value does not fit its field. */
export function readStated(text: string, as: ReadAs): StatedValue | undefined {
  const value = text.trim();
  if (value === '' || value.length > MAX_VALUE_CHARACTERS) return undefined;
  return READERS[as](value);
}

function readIp(text: string): StatedValue | undefined {
  const bare = text
    .replace(/^\[([^\]]+)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+)(?::\d{1,5}|\/\d{1,2})$/, '$1')
    .replace(/\/(?:128|64)$/, '')
    .replace(/%[\w.-]+$/, '');
  return isIP(bare) > 0 && bare !== '0.0.0.0' && bare !== '::'
    ? { type: 'ip', value: bare }
    : undefined;
}

function readDomain(value: string): StatedValue | undefined {
  return isDomain(value) ? { type: 'domain', value } : undefined;
}

const isDomain = (text: string): boolean =>
  text.length <= 254 &&
  isIP(text) === 0 &&
  /^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?\.)+[\p{L}][\p{L}\p{N}-]{1,62}\.?$/u.test(
    text,
  );

function readHash(text: string): StatedValue | undefined {
  const digits = text.replace(/^(?:0x|(?:md5|sha1|sha-?256)[:=])/i, '');
  const type = HASH_TYPES[digits.length];
  if (!type || !/^[0-9a-f]+$/i.test(digits) || /^(.)\1+$/.test(digits)) return undefined;
  return { type, value: digits };
}

function readEmail(text: string): StatedValue | undefined {
  const address = (/<([^<>\s@]+@[^<>\s@]+)>/.exec(text)?.[1] ?? text).replace(/^mailto:/i, '');
  return /^[^\s@<>,;"/\\]{1,64}@[^\s@<>,;"/\\]{1,253}$/.test(address)
    ? { type: 'email', value: address }
    : undefined;
}

/** A security identifier alone tells a reader nothing; neither do placeholders and bare domains. */
const isAccount = (text: string): boolean =>
  !NOBODY.has(text.toLowerCase()) &&
  !isUnfilled(text) &&
  !/^S-1-\d/.test(text) &&
  !/^[-\\@\s]*$/.test(text) &&
  !/[\r\n]/.test(text) &&
  text.length <= 256;
