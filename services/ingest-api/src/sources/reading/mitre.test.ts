import { describe, expect, test } from '@jest/globals';
import { readTactics, readTechniques } from './mitre.js';

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
  });
});
