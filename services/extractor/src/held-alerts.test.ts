import { expect, test } from '@jest/globals';
import { createHeldAlerts } from './held-alerts.js';

test('createHeldAlerts has room below its maximum, and lets those that wait go on once there is', async () => {
  const events: string[] = [];
  const held = createHeldAlerts({ maxBytes: 10, onWait: () => events.push('waits') });
  held.hold(9);
  await held.room();
  held.hold(5);
  const going = held.room().then(() => events.push('goes on'));
  held.release(4);
  await Promise.resolve();
  expect(events).toEqual(['waits']);
  held.release(1);
  await going;
  expect(events).toEqual(['waits', 'goes on']);
});
