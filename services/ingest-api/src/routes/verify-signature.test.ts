import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  MAX_SIGNATURES,
  SIGNATURE_TOLERANCE_SECONDS,
  verifySignature,
} from './verify-signature.js';

const NOW_SECONDS = 1_750_000_000;
const body = Buffer.from('{"title":"x"}');
const SECRET = 'a-secret-of-the-sender';
const STANDARD_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const hex = (text: string, secret = SECRET) =>
  createHmac('sha256', secret).update(text).digest('hex');
const own = (seconds = NOW_SECONDS, secret = SECRET, content: Buffer = body) => ({
  'x-calseta-signature': `t=${seconds},v1=${hex(`${seconds}.${content.toString()}`, secret)}`,
});
const standard = (signature: string) => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(NOW_SECONDS),
  'webhook-signature': signature,
});
const STANDARD_GOOD = createHmac('sha256', Buffer.alloc(32, 7))
  .update(`msg_1.${NOW_SECONDS}.${body.toString()}`)
  .digest('base64');
const check =
  (headers: Record<string, string>, secrets = [SECRET]) =>
  () =>
    verifySignature({ headers, body, receivedAt: new Date(NOW_SECONDS * 1_000 + 999) }, secrets);

describe('verifySignature', () => {
  test('takes a signature by any of the secrets', () => {
    expect(check(own())).not.toThrow();
    expect(
      check(own(NOW_SECONDS, 'the-next-secret-of-it'), [SECRET, 'the-next-secret-of-it']),
    ).not.toThrow();
  });

  test('takes several signatures, of which one fits', () => {
    const both = `t=${NOW_SECONDS}, v1=${'0'.repeat(64)}, v1=${hex(`${NOW_SECONDS}.${body.toString()}`)}`;
    expect(check({ 'x-calseta-signature': both })).not.toThrow();
  });

  test(`takes ${MAX_SIGNATURES} signatures and no more`, () => {
    const wrongHex = `v1=${'0'.repeat(64)}`;
    const good = `v1=${hex(`${NOW_SECONDS}.${body.toString()}`)}`;
    const after = (wrong: number) => ({
      'x-calseta-signature': [`t=${NOW_SECONDS}`, ...Array(wrong).fill(wrongHex), good].join(),
    });
    expect(check(after(MAX_SIGNATURES - 1))).not.toThrow();
    expect(check(after(MAX_SIGNATURES))).toThrow('not of the form');
  });

  test('takes a time up to the tolerance away, before and after, and not a second more', () => {
    const tolerance = SIGNATURE_TOLERANCE_SECONDS;
    expect(check(own(NOW_SECONDS - tolerance))).not.toThrow();
    expect(check(own(NOW_SECONDS + tolerance))).not.toThrow();
    expect(check(own(NOW_SECONDS - tolerance - 1))).toThrow('300 s from ours');
    expect(check(own(NOW_SECONDS + tolerance + 1))).toThrow('300 s from ours');
  });

  test('takes Standard Webhooks headers signed with a whsec_ secret', () => {
    const headers = standard(`v1,${Buffer.alloc(32).toString('base64')} v1,${STANDARD_GOOD}`);
    expect(check(headers, [STANDARD_SECRET])).not.toThrow();
    expect(check(headers, [SECRET])).toThrow('does not fit');
    expect(check({ ...headers, 'webhook-id': 'msg_2' }, [STANDARD_SECRET])).toThrow('does not fit');
  });

  test.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['Standard Webhooks without a signature', standard('')],
    ['no time', { 'x-calseta-signature': `v1=${hex('x')}` }],
    ['no signature', { 'x-calseta-signature': `t=${NOW_SECONDS}` }],
    ['a time that is none', { 'x-calseta-signature': `t=now,v1=${hex('x')}` }],
    ['an empty signature', { 'x-calseta-signature': `t=${NOW_SECONDS},v1=` }],
    ['another body', own(NOW_SECONDS, SECRET, Buffer.from('{}'))],
    ['another secret', own(NOW_SECONDS, 'someone-else-s-secret')],
  ])('refuses %s', (_, headers) => {
    expect(check(headers)).toThrow(expect.objectContaining({ code: 'auth.signature_invalid' }));
  });

  const good = hex(`${NOW_SECONDS}.${body.toString()}`);
  const time = `t=${NOW_SECONDS}`;
  test.each([
    ['digits in upper case', `${time},v1=${good.toUpperCase()}`],
    ['its parts in another order', `v1=${good},${time}`],
    ['spaces around its parts', ` ${time} , v1=${good} `],
  ])('takes a good signature with %s', (_, header) => {
    expect(check({ 'x-calseta-signature': header })).not.toThrow();
  });

  test.each([
    ['text after the digits', `${time},v1=${good}zz`],
    ['text before the digits', `${time},v1=0x${good}`],
    ['a digit too much', `${time},v1=${good}0`],
    ['a space among the digits', `${time},v1=${good.slice(0, 32)} ${good.slice(32)}`],
    ['a NUL after the digits', `${time},v1=${good}\0`],
    ['an empty part', `${time},,v1=${good}`],
    ['a comma at the end', `${time},v1=${good},`],
    ['a part of another name', `${time},v1=${good},v0=${good}`],
    ['a wrong signature that is none beside it', `${time},v1=zz,v1=${good}`],
    ['two times', `${time},${time},v1=${good}`],
    ['text after the time', `${time}s,v1=${good}`],
    ['a sign before the time', `t=+${NOW_SECONDS},v1=${good}`],
    ['a name in upper case', `${time},V1=${good}`],
  ])('refuses a good signature with %s', (_, header) => {
    expect(check({ 'x-calseta-signature': header })).toThrow('not of the form');
  });

  test('takes the signature of GitHub over the body alone', () => {
    const hub = (signature: string) => ({ 'x-hub-signature-256': signature });
    expect(check(hub(`sha256=${hex(body.toString())}`))).not.toThrow();
    expect(check(hub(`sha256=${hex(body.toString(), 'another-secret-of-it')}`))).toThrow(
      'does not fit',
    );
    expect(check(hub(`sha256=${hex(`${body.toString()} `)}`))).toThrow('does not fit');
    expect(check(hub(`sha1=${hex(body.toString())}`))).toThrow('not of the form');
    expect(check(hub(hex(body.toString())))).toThrow('not of the form');
    // A second header must not help a sender that cannot sign a time.
    expect(check({ ...own(NOW_SECONDS - 400), ...hub(`sha256=${hex(body.toString())}`) })).toThrow(
      '300 s',
    );
  });

  test('does not look further when its own header cannot be read', () => {
    const headers = { ...standard(`v1,${STANDARD_GOOD}`), 'x-calseta-signature': 'v1=' };
    expect(check(headers, [STANDARD_SECRET])).toThrow('not of the form');
  });

  test('passes over versions of Standard Webhooks that it does not know', () => {
    const headers = standard(`v1a,${'A'.repeat(86)}== v1,${STANDARD_GOOD} v2,abc`);
    expect(check(headers, [STANDARD_SECRET])).not.toThrow();
  });

  test.each([
    ['text after the padding', `v1,${STANDARD_GOOD}zz`],
    ['no padding', `v1,${STANDARD_GOOD.slice(0, -1)}`],
    ['a character that base64 does not have', `v1,${STANDARD_GOOD.slice(0, -1)}!=`],
    ['a newline inside', `v1,${STANDARD_GOOD.slice(0, 20)}\n${STANDARD_GOOD.slice(20)}`],
    ['two spaces between two', `v1,${STANDARD_GOOD}  v1,${STANDARD_GOOD}`],
    ['text beside it', `v1,${STANDARD_GOOD} signed`],
    ['a wrong signature that is none beside it', `v1,AAAA v1,${STANDARD_GOOD}`],
    ['no version', STANDARD_GOOD],
  ])('refuses a good signature of Standard Webhooks with %s', (_, header) => {
    expect(check(standard(header), [STANDARD_SECRET])).toThrow('not of the form');
  });

  test('refuses a signature whose last digit has other bits than it stands for', () => {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = STANDARD_GOOD.at(-2) ?? '';
    const sameBytes = `${STANDARD_GOOD.slice(0, -2)}${digits[digits.indexOf(last) + 1] ?? ''}=`;
    expect(Buffer.from(sameBytes, 'base64')).toEqual(Buffer.from(STANDARD_GOOD, 'base64'));
    expect(check(standard(`v1,${sameBytes}`), [STANDARD_SECRET])).toThrow('does not fit');
  });
});
