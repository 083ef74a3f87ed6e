import { describe, expect, test } from '@jest/globals';
import { readSigmaTags, readTactics, readTechniques } from './mitre.js';

describe('readTactics', () => {
  test('takes ids and names in any spelling, and leaves out what is no tactic', () => {
    expect(readTactics(['TA0001', 'InitialAccess', 'Credential Access', 'Malware'])).toEqual([
      'TA0001',
      'TA0006',
    ]);
    expect(readTactics(['["DefenseEvasion","command-and-control"]'])).toEqual(['TA0005', 'TA0011']);
  });
});

describe('readTechniques', () => {
  test('takes ids out of any text, each once', () => {
    expect(readTechniques(['Rundll32 (T1218.011)', '["T1059"]', 'T1059', 'T12'])).toEqual([
      'T1218.011',
      'T1059',
    ]);
    expect(readTechniques(['t1003.001'])).toEqual(['T1003.001']);
  });
});

describe('readSigmaTags', () => {
  test('takes techniques and tactics, and leaves groups, software and other tags out', () => {
    expect(
      readSigmaTags([
        'attack.t1059.001',
        'attack.Persistence',
        'attack.ta0006',
        'attack.defense-evasion',
        'attack.g0007',
        'attack.s0002',
        'car.2013-07-001',
        't1003',
        'cve.2024-1234',
      ]),
    ).toEqual({ tactics: ['TA0003', 'TA0006', 'TA0005'], techniques: ['T1059.001'] });
  });
});
