import { type Malice } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { judgeAlert, judgeIndicator } from './verdict.js';

const opinions = (...list: [Malice, number][]) =>
  list.map(([malice, reliability], index) => ({ provider: `p${index}`, malice, reliability }));

describe('judgeIndicator', () => {
  test.each<[string, [Malice, number][], Malice]>([
    ['nobody asked', [], 'Pending'],
    [
      'unknown is never benign',
      [
        ['Pending', 1],
        ['Pending', 1],
      ],
      'Pending',
    ],
    ['one reliable accusation', [['Malicious', 0.5]], 'Malicious'],
    ['one just short of decisive', [['Malicious', 0.49]], 'Suspicious'],
    [
      'weak accusations add up',
      [
        ['Malicious', 0.3],
        ['Malicious', 0.3],
      ],
      'Malicious',
    ],
    ['hardly any evidence', [['Malicious', 0.24]], 'Pending'],
    ['suspicion at its edge', [['Suspicious', 0.25]], 'Suspicious'],
    [
      'suspicion never becomes malicious',
      [
        ['Suspicious', 1],
        ['Suspicious', 1],
      ],
      'Suspicious',
    ],
    ['one reliable acquittal', [['Benign', 0.5]], 'Benign'],
    ['an unreliable acquittal is not enough', [['Benign', 0.49]], 'Pending'],
    [
      'accusation against a stronger acquittal stays suspicious',
      [
        ['Malicious', 0.8],
        ['Benign', 0.9],
      ],
      'Suspicious',
    ],
    [
      'accusation against a weaker acquittal',
      [
        ['Malicious', 0.9],
        ['Benign', 0.8],
      ],
      'Malicious',
    ],
    [
      'suspicion against a stronger acquittal',
      [
        ['Suspicious', 0.6],
        ['Benign', 0.9],
      ],
      'Benign',
    ],
    [
      'suspicion against a weaker acquittal',
      [
        ['Suspicious', 0.9],
        ['Benign', 0.6],
      ],
      'Suspicious',
    ],
    [
      'a reliability out of range is clamped',
      [
        ['Malicious', -3],
        ['Benign', 7],
      ],
      'Benign',
    ],
  ])('%s', (_name, given, expected) => {
    expect(judgeIndicator(opinions(...given)).malice).toBe(expected);
  });

  test('lists who said what, and leaves out who knows nothing', () => {
    expect(judgeIndicator(opinions(['Malicious', 0.9], ['Pending', 1])).reasons).toEqual([
      'p0: Malicious (reliability 0.9)',
    ]);
  });
});

describe('judgeAlert', () => {
  test.each<[string, Malice[], Malice]>([
    ['no indicators', [], 'Pending'],
    ['the worst decides', ['Benign', 'Suspicious', 'Malicious', 'Pending'], 'Malicious'],
    ['suspicion outranks the rest', ['Benign', 'Pending', 'Suspicious'], 'Suspicious'],
    ['one unknown keeps it pending', ['Benign', 'Pending'], 'Pending'],
    ['all benign', ['Benign', 'Benign'], 'Benign'],
  ])('%s', (_name, given, expected) => {
    expect(judgeAlert(given)).toBe(expected);
  });
});
