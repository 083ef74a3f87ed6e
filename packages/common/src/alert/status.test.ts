import { expect, test } from '@jest/globals';
import { ALERT_STATUSES, canMove } from './status.js';

test('canMove allows exactly the documented moves and staying', () => {
  const legal = ALERT_STATUSES.flatMap((from) =>
    ALERT_STATUSES.filter((to) => canMove(from, to)).map((to) => `${from} → ${to}`),
  );
  expect(legal).toEqual([
    'Open → Open',
    'Open → Triaging',
    'Open → Escalated',
    'Triaging → Triaging',
    'Triaging → Escalated',
    'Triaging → Closed',
    'Escalated → Triaging',
    'Escalated → Escalated',
    'Escalated → Closed',
    'Closed → Closed',
  ]);
});
