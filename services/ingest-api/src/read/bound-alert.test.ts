import { describe, expect, test } from '@jest/globals';
import { MAX_SOURCE_RULE_ID_CHARACTERS } from '@calseta/common';
import { aNormalizedAlert } from '@calseta/testing';
import { boundAlert, MAX_LIST_LENGTH, MAX_TITLE_CHARACTERS } from './bound-alert.js';

describe('boundAlert', () => {
  test('leaves an ordinary alert as it is', () => {
    const alert = aNormalizedAlert({
      description: 'd',
      tags: ['a'],
      fields: { src_ip: '10.0.0.1' },
      sourceStatus: 'resolved',
      isEnd: true,
      isTitleAssumed: true,
    });
    expect(boundAlert(alert)).toEqual(alert);
  });

  test('cuts at the limits and says what', () => {
    const exact = 'x'.repeat(MAX_TITLE_CHARACTERS);
    expect(boundAlert(aNormalizedAlert({ title: exact }))).toMatchObject({
      title: exact,
      notes: [],
    });
    const tags = Array.from({ length: MAX_LIST_LENGTH + 1 }, (_, index) => `t${index}`);
    const { title, notes, tags: kept } = boundAlert(aNormalizedAlert({ title: `${exact}y`, tags }));
    expect(title).toBe(exact);
    expect(kept).toHaveLength(MAX_LIST_LENGTH);
    expect(notes).toEqual(['Cut: title, tags.']);
  });

  test('bounds the id of a rule as the API does, for the sake of its index', () => {
    const sourceRuleId = '漢'.repeat(1_000);
    const bounded = boundAlert(aNormalizedAlert({ sourceRuleId }));
    expect(bounded.sourceRuleId).toHaveLength(MAX_SOURCE_RULE_ID_CHARACTERS);
    expect(bounded.notes).toEqual(['Cut: sourceRuleId.']);
  });

  test('leaves no half of a character pair behind a cut, and no NUL', () => {
    const title = `${'x'.repeat(MAX_TITLE_CHARACTERS - 1)}😀`;
    expect(boundAlert(aNormalizedAlert({ title })).title.endsWith('x\uFFFD')).toBe(true);
    expect(boundAlert(aNormalizedAlert({ users: ['a\0b'] })).users).toEqual(['a\uFFFDb']);
  });
});
