import { describe, expect, test } from '@jest/globals';
import { hasScope, SCOPES } from './scope.js';

describe('hasScope', () => {
  test.each(SCOPES)('admin may do what needs %s', (scope) => {
    expect(hasScope(['admin'], scope)).toBe(true);
  });

  test('alerts:write implies alerts:ingest, and not the other way round', () => {
    expect(hasScope(['alerts:write'], 'alerts:ingest')).toBe(true);
    expect(hasScope(['alerts:ingest'], 'alerts:write')).toBe(false);
    expect(hasScope(['alerts:write'], 'alerts:read')).toBe(false);
  });

  test('no scope may do nothing', () => {
    expect(SCOPES.filter((scope) => hasScope([], scope))).toEqual([]);
  });
});
