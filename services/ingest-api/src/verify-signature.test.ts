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

  test(`looks at ${MAX_SIGNATURES} signatures and no more`, () => {
    const good = `v1=${hex(`${NOW_SECONDS}.${body.toString()}`)}`;
    const after = (wrong: number) => ({
      'x-calseta-signature': [`t=${NOW_SECONDS}`, ...Array(wrong).fill('v1=00'), good].join(),
    });
    expect(check(after(MAX_SIGNATURES - 1))).not.toThrow();
    expect(check(after(MAX_SIGNATURES))).toThrow('does not fit');
  });

  test('takes a time up to the tolerance away, before and after, and not a second more', () => {
    const tolerance = SIGNATURE_TOLERANCE_SECONDS;
    expect(check(own(NOW_SECONDS - tolerance))).not.toThrow();
    expect(check(own(NOW_SECONDS + tolerance))).not.toThrow();
    expect(check(own(NOW_SECONDS - tolerance - 1))).toThrow('300 s from ours');
    expect(check(own(NOW_SECONDS + tolerance + 1))).toThrow('300 s from ours');
  });

  test('takes Standard Webhooks headers signed with a whsec_ secret', () => {
    const signed = `msg_1.${NOW_SECONDS}.${body.toString()}`;
    const signature = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(NOW_SECONDS),
      'webhook-signature': `v1,AAAA v1,${signature}`,
    };
    expect(check(headers, [STANDARD_SECRET])).not.toThrow();
    expect(check(headers, [SECRET])).toThrow('does not fit');
    expect(check({ ...headers, 'webhook-id': 'msg_2' }, [STANDARD_SECRET])).toThrow('does not fit');
  });

  test.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['no time', { 'x-calseta-signature': `v1=${hex('x')}` }],
    ['no signature', { 'x-calseta-signature': `t=${NOW_SECONDS}` }],
    ['a time that is none', { 'x-calseta-signature': `t=now,v1=${hex('x')}` }],
    ['an empty signature', { 'x-calseta-signature': `t=${NOW_SECONDS},v1=` }],
    ['another body', own(NOW_SECONDS, SECRET, Buffer.from('{}'))],
    ['another secret', own(NOW_SECONDS, 'someone-else-s-secret')],
  ])('refuses %s', (_, headers) => {
    expect(check(headers)).toThrow(expect.objectContaining({ code: 'auth.signature_invalid' }));
  });
});
