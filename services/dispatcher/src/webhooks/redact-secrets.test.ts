import { describe, expect, test } from '@jest/globals';
import { prepareSecrets, redactSecrets } from '@calseta/http-steps';
import { mayHoldSignature, secretsOfAgent, secretsOfSignature } from './sent-secrets.js';

const URL_OF_AGENT = 'https://agent.example.com/hooks/T0KEN?key=v4lue';
const HEADER = 'Bearer s3cr3t/tok+en==';
const SIGNATURE = `v1,${Buffer.alloc(32, 0xfb).toString('base64')}`;

const redact = (text: string, secrets: string[], isCut = false) =>
  redactSecrets(text, prepareSecrets(secrets), { isCut });
const redactHeader = (text: string, header = HEADER, isCut = false) =>
  redact(text, secretsOfAgent(URL_OF_AGENT, { authHeader: header, headers: {} }), isCut);

const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const unicode = (text: string) =>
  Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const html = (text: string) => Array.from(text, (c) => `&#${c.charCodeAt(0)};`).join('');

/** Ways in which servers, logs and templates write a text that they quote. */
const WRITTEN: [string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['in JSON', (text) => JSON.stringify({ text })],
  ['in JSON with escaped slashes', (text) => JSON.stringify({ text }).replaceAll('/', '\\/')],
  ['in JSON in JSON', (text) => JSON.stringify({ text: JSON.stringify({ text }) })],
  ['in \\u escapes', unicode],
  ['in a URL', encodeURIComponent],
  ['in a form', (text) => new URLSearchParams({ text }).toString()],
  ['in percent escapes throughout', percent],
  ['in percent escapes twice', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['in HTML', (text) => html(text).replaceAll('&#43;', '&plus;').replaceAll('&#47;', '&#x2F;')],
  ['in HTML in JSON', (text) => JSON.stringify({ text: html(text) })],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
  ['in the middle of base64', (text) => Buffer.from(`a: ${text}!!`).toString('base64')],
  ['in base64url', (text) => Buffer.from(`{"${text}"}`).toString('base64url')],
  ['in hexadecimal', (text) => Buffer.from(`x${text}x`).toString('hex').toUpperCase()],
  ['in lower case', (text) => text.toLowerCase()],
  ['in upper case', (text) => text.toUpperCase()],
];

/** Undoes what `WRITTEN` does, as somebody would who looks for the secret. */
function readsAs(text: string): string {
  const decoded = [text, ...(text.match(/[\w+/=-]{12,}/g) ?? [])].flatMap((part) => [
    part,
    Buffer.from(part, 'base64').toString('latin1'),
    Buffer.from(part, 'hex').toString('latin1'),
  ]);
  const unescape = (part: string) =>
    part
      .replace(/%([0-9a-f]{2})|\\u00([0-9a-f]{2})|&#x([0-9a-f]+);/gi, (_, a = '', b = '', c = '') =>
        String.fromCharCode(Number.parseInt(`${a}${b}${c}`, 16)),
      )
      .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
      .replaceAll('&plus;', '+')
      .replace(/\\(\W)/g, '$1');
  return decoded
    .map((part) => unescape(unescape(unescape(part))))
    .join('\n')
    .toLowerCase();
}

describe('an Authorization header that is echoed', () => {
  test.each(WRITTEN)('%s is redacted, whole and without its scheme', (_name, write) => {
    for (const told of [HEADER, 's3cr3t/tok+en==']) {
      const text = `before ${write(told)} after`;
      expect(readsAs(text)).toContain('s3cr3t');
      const redacted = redactHeader(text);
      expect(redacted).toContain('[redacted]');
      expect(readsAs(redacted)).not.toContain('s3cr3t');
      expect(redacted).toMatch(/^before .* after$/);
    }
  });

  test('with quotes in it is redacted where JSON escapes them', () => {
    const header = 'Digest user="me", response="s3cr3t"';
    expect(redactHeader(JSON.stringify({ header }), header)).toBe('{"header":"[redacted]"}');
  });

  test.each([
    ['without its padding', HEADER, 's3cr3t/tok+en'],
    ['a word without a scheme', 's3cr3t-word', 's3cr3t-word'],
    ['without the spaces around it', ' Bearer  s3cr3t-word ', 'Bearer s3cr3t-word'],
    ['as the password that it says', `Basic ${btoa('me:s3cr3t:word')}`, 's3cr3t:word'],
    ['as the name and password that it says', `basic ${btoa('me:s3cr3t-w')}`, 'me:s3cr3t-w'],
    ['as a quoted parameter', 'Token id="me", token="s3cr3t-word"', 's3cr3t-word'],
    ['as a plain parameter', 'ApiKey key=s3cr3t-word, v=1', 's3cr3t-word'],
  ])('%s is redacted', (_name, header, told) => {
    expect(redactHeader(`<${told}>`, header)).not.toContain('s3cr3t');
  });

  test('is redacted as often as it stands there, and nothing else is', () => {
    expect(redactHeader('{"a":"s3cr3t/tok+en==","b":"Bearer s3cr3t/tok+en=="} ok %2B')).toBe(
      '{"a":"[redacted]","b":"[redacted]"} ok %2B',
    );
  });

  test('is redacted where the answer was cut in the middle of it', () => {
    const cut = (text: string) => redactHeader(text, HEADER, true);
    expect(cut('echo: Bearer s3cr3t/to')).toBe('echo: [redacted]');
    expect(cut('echo: Bearer s3cr3t%2')).toBe('echo: [redacted]');
    expect(cut('echo: QmVhcmVyIHMzY3')).toBe('echo: [redacted]');
    expect(cut('the bearer')).toBe('the [redacted]');
    expect(cut('the end s3cr')).toBe('the end s3cr');
    expect(redactHeader('the bearer')).toBe('the bearer');
  });
});

describe('what else is sent in confidence', () => {
  test.each(WRITTEN.filter(([name]) => !name.includes('case')))(
    'a signature is redacted when it is echoed %s',
    (_name, write) => {
      const [, base64 = ''] = SIGNATURE.split(',');
      for (const told of [SIGNATURE, base64]) {
        const text = write(told);
        expect(mayHoldSignature(text)).toBe(true);
        const redacted = redact(text, secretsOfSignature(SIGNATURE));
        expect(redacted).toContain('[redacted]');
        expect(readsAs(redacted)).not.toContain(base64.slice(8, 20).toLowerCase());
      }
    },
  );

  test('each of two signatures is redacted, also as the bytes that it stands for', () => {
    const both = `${SIGNATURE} v1,${Buffer.alloc(32, 7).toString('base64')}`;
    const text = `${'07'.repeat(32)} ${both} ${SIGNATURE}`;
    expect(redact(text, secretsOfSignature(both))).toBe(
      '[redacted] [redacted] [redacted] [redacted]',
    );
  });

  test('the values of further headers are redacted', () => {
    const headers = { 'x-api-key': 'k3y-0f-the-agent', 'x-auth': 'Bearer t0ken-of-it' };
    const secrets = secretsOfAgent(URL_OF_AGENT, { authHeader: undefined, headers });
    expect(redact('k3y-0f-the-agent and t0ken-of-it', secrets)).toBe('[redacted] and [redacted]');
  });

  test('the path and the query of the URL are redacted, also decoded', () => {
    const secrets = secretsOfAgent('https://a.example/x%2Fy-secret?k=v4lue', {
      authHeader: undefined,
      headers: {},
    });
    expect(redact('no /x/y-secret here', secrets)).toBe('no [redacted] here');
    expect(redact('?k=v4lue', secrets)).toBe('[redacted]');
  });
});

test('leaves text alone when there is no secret worth the name', () => {
  expect(redact('a b c %62', ['', 'b', 'x c'], true)).toBe('a b c %62');
});
