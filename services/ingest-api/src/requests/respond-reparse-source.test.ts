import { AppError, newTraceparent, newUuid } from '@calseta/common';
import { createMetrics, OPEN } from '@calseta/platform';
import { expect, test } from '@jest/globals';
import { createReparseSource, REPARSE_BUDGET_MS } from './respond-reparse-source.js';

const context = { traceparent: newTraceparent() };

/** A source with `count` quarantined alerts, of which every second is readable; reading each takes `secondsEach`. */
function setUp(count: number, secondsEach = 0) {
  const ids = Array.from({ length: count }, newUuid).sort();
  const clock = { ms: 0 };
  const respond = createReparseSource({
    quarantine: {
      listIds: async (_, { after, limit }) =>
        ids.filter((id) => after === undefined || id > after).slice(0, limit),
    },
    reparse: async ({ alert_id }) => {
      clock.ms += secondsEach * 1_000;
      if (ids.indexOf(alert_id) % 2 === 1) throw new AppError('resource.conflict', 'unreadable');
      return { alert_id, further_alert_ids: [newUuid()] };
    },
    reparsed: createMetrics().counter('reparsed', 'Counted.', {
      source: OPEN,
      outcome: ['read', 'unread'],
    }),
    nowMs: () => clock.ms,
  });
  const ask = async (limit: number, after?: string) =>
    await respond({ source_name: 'doors', limit, after, actor: 'tester' }, context);
  return { ids, ask };
}

test('reads a page, passes over what still cannot be read, and says where to go on', async () => {
  const { ids, ask } = setUp(5);
  expect(await ask(3)).toEqual({
    reparsed_count: 2,
    further_count: 2,
    quarantined_count: 1,
    next_cursor: ids[2],
  });
  expect(await ask(3, ids[2])).toMatchObject({ reparsed_count: 1, next_cursor: null });
});

test('stops before its caller gives up waiting', async () => {
  const { ids, ask } = setUp(100, 1);
  const done = REPARSE_BUDGET_MS / 1_000;
  expect(await ask(100)).toMatchObject({ reparsed_count: done / 2, next_cursor: ids[done - 1] });
});
