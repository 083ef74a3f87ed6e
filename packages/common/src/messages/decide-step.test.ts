import { describe, expect, test } from '@jest/globals';
import { decideStep } from './decide-step.js';

describe('decideStep', () => {
  test.each([
    ['an alert at the input stage is worked on', { stage: 'ingested', revision: 2 }, 'work'],
    [
      'an alert at the output stage only needs the next message',
      { stage: 'extracted', revision: 2 },
      'publish',
    ],
    ['a missing alert is done', undefined, 'done'],
    ['a newer revision makes the message stale', { stage: 'ingested', revision: 3 }, 'done'],
    [
      'a message from the future of the alert is ignored',
      { stage: 'ingested', revision: 1 },
      'done',
    ],
    ['an alert further along is done', { stage: 'dispatched', revision: 2 }, 'done'],
    ['a failed alert is done', { stage: 'failed', revision: 2 }, 'done'],
    ['a quarantined alert is done', { stage: 'quarantined', revision: 2 }, 'done'],
  ] as const)('%s', (_name, alert, expected) => {
    expect(decideStep({ type: 'alert.ingested', revision: 2 }, alert, 'extracted')).toBe(expected);
  });
});
