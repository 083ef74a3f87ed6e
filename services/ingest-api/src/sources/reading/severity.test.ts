import { describe, expect, test } from '@jest/globals';
import { readSeverity, severityOfWord, severityOnScale } from './severity.js';

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
