import { describe, expect, test } from '@jest/globals';
import { steadyText } from './steady-text.js';

describe('steadyText', () => {
  test.each([
    ['5 failed logins at 10:00', '7 failed logins at 10:05:09'],
    ['Seen 3 times since 2026-11-28T10:00:00Z', 'Seen 12 times since 2026-11-29 11:00:00'],
    ['Nov 28 10:00:00 host sshd: refused', 'Nov 29 09:59:01 host  SSHD: refused'],
    ['See https://siem.test/a?id=1 for more', 'See https://siem.test/b?id=2 for more'],
    ['Incident id: 4711 opened', 'Incident id: 4712 opened'],
    ['Run 6f1c2d3e-0000-4000-8000-000000000001', 'Run 6f1c2d3e-0000-4000-8000-000000000002'],
    ['Count: 5 (12)', 'Count: 6 (13)'],
    ['Job at 1764324000', 'Job at 1764324900.5'],
  ])('finds the same in %p and %p', (one, other) => {
    expect(steadyText(one)).toBe(steadyText(other));
  });

  test.each([
    ['Logon to web1 refused', 'Logon to web2 refused'],
    ['Connection to port 22', 'Connection to port 23'],
    ['Event 4625 on dc1', 'Event 4624 on dc1'],
    ['User_id: bob', 'User_id: mallory'],
  ])('tells %p from %p', (one, other) => {
    expect(steadyText(one)).not.toBe(steadyText(other));
  });
});
