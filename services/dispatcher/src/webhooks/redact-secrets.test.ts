import { describe, expect, test } from '@jest/globals';
import { redactSecrets } from './redact-secrets.js';

describe('redactSecrets', () => {
  test.each([
    ['whole', '{"authorization":"Bearer s3cr3t-token"}', '{"authorization":"[redacted]"}'],
    ['without its scheme', 'bad token s3cr3t-token!', 'bad token [redacted]!'],
    ['twice', 's3cr3t-token s3cr3t-token', '[redacted] [redacted]'],
    ['not at all', '{"ok":true}', '{"ok":true}'],
  ])('finds a header echoed %s', (_name, text, expected) => {
    expect(redactSecrets(text, ['Bearer s3cr3t-token'])).toBe(expected);
  });

  test('finds a header echoed inside JSON', () => {
    const header = 'Digest user="me", response="s3cr3t"';
    expect(redactSecrets(JSON.stringify({ header }), [header])).toBe('{"header":"[redacted]"}');
  });

  test('leaves text alone when there is no secret worth the name', () => {
    expect(redactSecrets('a b c', ['', 'b', 'x c'])).toBe('a b c');
  });
});
