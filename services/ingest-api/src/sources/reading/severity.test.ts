import { describe, expect, test } from '@jest/globals';
import { rootOf } from './located.js';
import {
  isUnreadSeverity,
  pickSeverity,
  readSeverity,
  severityOfWord,
  severityOnScale,
} from './severity.js';

describe('severityOfWord', () => {
  test.each([
    ['Critical', 'Critical'],
    ['HIGH', 'High'],
    [' medium ', 'Medium'],
    ['informational', 'Informational'],
    ['E_CRITICAL', 'Critical'],
    ['HIGH_SEVERITY', 'High'],
    ['SEVERITY_LOW', 'Low'],
    ['Sev: high', 'High'],
    ['Severe', 'Critical'],
    ['warn', 'Medium'],
    ['Very High', 'Critical'],
    ['P1', 'Critical'],
    ['p2', 'High'],
    ['P3', 'Medium'],
    ['P-4', 'Low'],
    ['Priority 5', 'Informational'],
    ['SEV0', 'Critical'],
    ['sev-1', 'Critical'],
    ['Sev 2', 'High'],
    ['SEV_3', 'Medium'],
    ['severity 4', 'Low'],
    ['SEV5', 'Informational'],
    ['SEV6', 'Pending'],
    ['urgent', 'Critical'],
    ['High (8.1)', 'High'],
    ['(8.1) HIGH', 'High'],
    ['3 - Moderate', 'Medium'],
    ['1 - Critical', 'Critical'],
    ['P1 - Urgent', 'Critical'],
    ['P2 (High)', 'High'],
    ['P1 (High)', 'High'],
    ['Severity: very low', 'Low'],
    ['High risk', 'High'],
    ['High / Low', 'Pending'],
    ['P1 / P2', 'Pending'],
    ['not critical', 'Pending'],
    ['no high risk was found', 'Pending'],
    [`high ${'1 '.repeat(60)}`, 'Pending'],
    ['unknown', 'Pending'],
    ['constructor', 'Pending'],
    ['7', 'Pending'],
    ['', 'Pending'],
  ])('%p is %s', (word, severity) => {
    expect(severityOfWord(word)).toBe(severity);
  });
});

describe('readSeverity', () => {
  const scale = [
    [7, 'High'],
    [4, 'Medium'],
  ] as const;

  test('takes a label over a number, and keeps what it read', () => {
    expect(readSeverity(['LOW'], '9', scale)).toEqual({ severity: 'Low', severityOriginal: 'LOW' });
  });

  test('takes the number when no label is known', () => {
    expect(readSeverity(['odd'], '7.5', scale)).toEqual({
      severity: 'High',
      severityOriginal: '7.5',
    });
  });

  test('is Pending with the original for what it does not know, never Medium', () => {
    expect(readSeverity(['odd'])).toEqual({ severity: 'Pending', severityOriginal: 'odd' });
    expect(readSeverity([undefined])).toEqual({ severity: 'Pending' });
  });

  test.each([
    ['6.9', 'Medium'],
    ['7', 'High'],
    ['3.9', 'Pending'],
    ['', 'Pending'],
    [undefined, 'Pending'],
  ])('reads %p on a scale', (text, severity) => {
    expect(severityOnScale(text, scale)).toBe(severity);
  });
});

describe('pickSeverity', () => {
  test.each<[unknown, string | undefined]>([
    ['High', 'High'],
    [8, '8'],
    [{ name: 'High' }, 'High'],
    [{ id: 3, Label: 'Low' }, 'Low'],
    [{ level: 2, value: 'SEV2' }, 'SEV2'],
    [{ value: 7 }, '7'],
    [{ colour: 'red' }, undefined],
    [null, undefined],
  ])('of %j is %s', (severity, text) => {
    expect(pickSeverity(rootOf({ severity }), 'severity')).toBe(text);
  });
});

describe('isUnreadSeverity', () => {
  test.each([
    [{ severity: 'Pending', severityOriginal: 'Spicy' }, true],
    [{ severity: 'Pending', severityOriginal: 'pending' }, false],
    [{ severity: 'Pending' }, false],
    [{ severity: 'Low', severityOriginal: 'low' }, false],
  ] as const)('of %j is %s', (read, isUnread) => {
    expect(isUnreadSeverity(read)).toBe(isUnread);
  });
});
