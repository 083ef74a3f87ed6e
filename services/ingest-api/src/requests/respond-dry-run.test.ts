import { newTraceparent } from '@calseta/common';
import { expect, test } from '@jest/globals';
import { slowSource } from '../../test/slow-source.js';
import { createDryRun } from './respond-dry-run.js';

/** Takes longer to read than the longest slice. */
const ALERTS = 60;

test('a dry run lets others work between its alerts', async () => {
  const { known, turnOfEach, stop } = slowSource();
  const answer = await createDryRun(async () => known)(
    { source_name: 'slow', payload: Array.from({ length: ALERTS }, (_, index) => ({ index })) },
    { traceparent: newTraceparent() },
  );
  stop();
  expect(answer.alert_count).toBe(ALERTS);
  expect(new Set(turnOfEach).size).toBeGreaterThan(1);
});
