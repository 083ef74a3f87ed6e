import { describe, expect, test } from '@jest/globals';
import { hasScope, SCOPES } from './scope.js';

describe('hasScope', () => {
  test.each(SCOPES)('admin may do what needs %s', (scope) => {
    expect(hasScope(['admin'], scope)).toBe(true);
  });

  test('alerts:write implies ingest, findings and triage, and nothing else', () => {
    expect(SCOPES.filter((scope) => hasScope(['alerts:write'], scope))).toEqual([
      'alerts:ingest',
      'findings:write',
      'alerts:triage',
      'alerts:write',
    ]);
  });

  test.each(SCOPES.filter((scope) => scope !== 'admin' && scope !== 'alerts:write'))(
    '%s allows itself alone',
    (scope) => {
      expect(SCOPES.filter((needed) => hasScope([scope], needed))).toEqual([scope]);
    },
  );

  test('no scope may do nothing', () => {
    expect(SCOPES.filter((scope) => hasScope([], scope))).toEqual([]);
  });
});
