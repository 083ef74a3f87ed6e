import { describe, expect, test } from '@jest/globals';
import { parseBody } from './parse-body.js';
import { readForm } from './read-form.js';

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
const read = (body: string, contentType?: string) =>
  readForm(Buffer.from(body), contentType)?.toString();

describe('readForm', () => {
  test('reads the field payload, wherever it stands', () => {
    const json = '{"title":"Größe + 1","a":"&="}';
    for (const form of [
      `payload=${encodeURIComponent(json)}`,
      `token=1&payload=${encodeURIComponent(json)}&b=2`,
      new URLSearchParams({ payload: json }).toString(),
    ]) {
      expect(read(form, FORM)).toBe(json);
    }
  });

  test.each([
    ['{"a":1}', FORM],
    [' [1]', FORM],
    ['payload=1', 'application/json'],
    ['payload=1', undefined],
  ])('%p as %p is no form', (body, contentType) => {
    expect(read(body, contentType)).toBeUndefined();
  });

  test.each([
    ['a=1&b=2', FORM],
    ['xpayload=1', FORM],
    ['', FORM],
    ['--x\r\ncontent-disposition: form-data', 'multipart/form-data; boundary=x'],
  ])('refuses %p as %p with what to send', (body, contentType) => {
    expect(() => read(body, contentType)).toThrow(
      expect.objectContaining({
        code: 'request.unsupported_media_type',
        message: expect.stringContaining('Content-Type: application/json'),
      }),
    );
  });

  test('the alert notes it, and keeps the form as it came', () => {
    const form = 'payload=%7B%22a%22%3A1%7D';
    expect([...parseBody(Buffer.from(form), FORM).items]).toEqual([
      {
        kind: 'parsed',
        payload: { a: 1 },
        text: '{"a":1}',
        notes: ['The alert came in the field "payload" of a form.'],
        original: Buffer.from(form),
      },
    ]);
  });
});
