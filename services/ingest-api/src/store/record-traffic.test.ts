import { describe, expect, test } from '@jest/globals';
import { type SourceTraffic } from '@calseta/database';
import { createTrafficRecorder } from './record-traffic.js';

const at = new Date('2025-01-01T00:00:00Z');
const READ = { isSeverityUnread: false };
const HOUR_MS = 3_600_000;

describe('createTrafficRecorder', () => {
  test('sums up per source and writes what is left at the end', async () => {
    const written: SourceTraffic[] = [];
    const recorder = createTrafficRecorder({
      addTraffic: async (traffic) => void written.push(...traffic),
      onError: () => undefined,
      flushIntervalMs: HOUR_MS,
    });
    recorder.accepted('okta', at, { isSeverityUnread: true });
    recorder.rejected('okta', at, 'x'.repeat(1_000));
    recorder.accepted('okta', at, READ);
    recorder.accepted('splunk', at, READ);
    recorder.quarantined('splunk', at, 'unread');
    await recorder.close();
    expect(written).toEqual([
      {
        sourceName: 'okta',
        accepted: 2,
        rejected: 1,
        unreadSeverity: 1,
        quarantined: 0,
        lastSeenAt: at,
        lastRejectedReason: 'x'.repeat(600),
      },
      {
        sourceName: 'splunk',
        accepted: 1,
        rejected: 0,
        unreadSeverity: 0,
        quarantined: 1,
        lastSeenAt: at,
        lastQuarantinedAt: at,
        lastQuarantinedReason: 'unread',
      },
    ]);
  });

  test('keeps the sums that could not be written', async () => {
    const attempts: number[] = [];
    const recorder = createTrafficRecorder({
      addTraffic: async ([traffic]) => {
        attempts.push(traffic?.accepted ?? 0);
        if (attempts.length === 1) throw new Error('away');
      },
      onError: () => undefined,
      flushIntervalMs: HOUR_MS,
    });
    recorder.accepted('okta', at, READ);
    await recorder.close();
    recorder.accepted('okta', at, READ);
    await recorder.close();
    expect(attempts).toEqual([1, 2]);
  });
});
