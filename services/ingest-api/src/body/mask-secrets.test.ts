import { describe, expect, test } from '@jest/globals';
import { parseItem } from './parse-item.js';
import { LOOK_BACK_CHARACTERS } from './mask-secrets.js';

const SECRET = 'hunter2-Xy7';
const reportOn = (text: string): string => {
  const item = parseItem({ text, notes: [] }, { line: 1, column: 1 });
  if (item.kind !== 'malformed') throw new Error('not malformed');
  return item.error.message;
};

describe('the report of a broken body', () => {
  test.each([
    ['before the fault', `{"password": "${SECRET}", "a" 1}`],
    ['after the fault', `{"a" 1, "apiKey": "${SECRET}"}`],
    ['across the fault', `{"client_secret": "hunter2-"Xy7", "a": 1}`],
    ['in JSON text', `{"a": "{\\"db_password\\":\\"${SECRET}\\"}", "b" 1}`],
    ['with a blank in it', `{"passphrase": "so long ${SECRET}", "b" 1}`],
    ['without quotes', `{"a": "x", "b" "token=${SECRET}&c=d"}`],
    ['in a header', `{"h": "Authorization: Bearer ${SECRET}", "b" 1}`],
    ['in a URL', `{"u": "https://bob:${SECRET}@db.example", "b" 1}`],
    ['cut at its beginning', `{"session_token": "${'ab '.repeat(400)}${SECRET}", "b" 1}`],
    ['never closed', `{"a": 1, "password": "${SECRET}`],
  ])('shows no secret %s', (_, text) => {
    expect(reportOn(text)).not.toContain(SECRET);
    expect(reportOn(text)).not.toMatch(/hunter2|Xy7/);
    expect(reportOn(text)).toContain('***');
  });

  test.each([
    ['AKIAIOSFODNN7EXAMPLEabc', `{"k": "AKIAIOSFODNN7EXAMPLEabc", "b" 1}`],
    ['eyJhbGciOiJIUzI1NiJ9', `{"x": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx", "b" 1}`],
    ['9f86d081884c7d65', `{"x": "9f86d081884c7d659a2feaa0c55ad015", "b" 1}`],
  ])('shows nothing that looks random: %s', (part, text) => {
    expect(reportOn(text)).not.toContain(part);
  });

  test.each(['"host": "web-1"', '"i":"3f2504e0-4f89-11d3-9a0c"', '"rule": "Failed logins"'])(
    'shows the rest: %s',
    (member) => {
      expect(reportOn(`{${member}, "b" 1}`)).toContain(JSON.stringify(`{${member}, "b" `));
    },
  );

  test('takes time in proportion to the text around the fault alone', () => {
    const text = `{"a": "${'password='.repeat(60_000)}", "b" 1}`;
    const startedAt = performance.now();
    expect(reportOn(text)).toContain('***');
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(LOOK_BACK_CHARACTERS).toBeLessThan(text.length);
  });
});
