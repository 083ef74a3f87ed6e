import { describe, expect, test } from '@jest/globals';
import { tellActivity } from './tell-activity.js';

const tell = (kind: string, detail: Record<string, unknown> = {}, actor = 'enricher') =>
  tellActivity([{ at: '2025-01-15T10:30:00.000Z', kind, actor, detail }]);

describe('tellActivity', () => {
  test('tells an entry in one line: when, what, who, and its detail', () => {
    expect(
      tell('extracted', { indicators: 3, by_type: { ip: 2, url: 1 }, wait_ms: 12, work_ms: 4 }),
    ).toBe(
      '2025-01-15T10:30:00.000Z indicators extracted, by enricher: indicators: 3; by type: (ip: 2, url: 1); wait 12 ms; ' +
        'work 4 ms\n',
    );
  });

  test('tells a change as what was and what is', () => {
    const detail = { status: { to: 'Closed', from: 'Open' }, assignee: { to: 'Ada', from: null } };
    expect(tell('updated', detail)).toContain(': status: Open → Closed; assignee: none → Ada\n');
    expect(tell('updated', { tags: { from: [], to: ['vip'] } })).toContain(': tags: none → vip\n');
  });

  test('leaves out what is empty, and tells an unknown kind by its name', () => {
    expect(tell('workflow.run_ended', { notes: [], reason: '', muted: null, is_done: false })).toBe(
      '2025-01-15T10:30:00.000Z workflow run ended, by enricher: is done: false\n',
    );
    expect(tell('received', {}, 'ingest-api')).toBe(
      '2025-01-15T10:30:00.000Z received, by ingest-api\n',
    );
  });

  test('tells the beginning of a long list and of a long text', () => {
    const names = Array.from({ length: 12 }, (_, index) => `a${index}`);
    expect(tell('dispatched', { matched: names })).toContain('a9, and 2 more\n');
    expect(tell('failed', { reason: 'x'.repeat(300) })).toContain(`: ${'x'.repeat(300)}\n`);
    expect(tell('failed', { reason: 'x'.repeat(301) })).toContain(`: ${'x'.repeat(300)}…\n`);
  });

  test('lets no text of others begin a line or hide', () => {
    const forged = 'ok\n2025-01-15T10:30:01.000Z approved, by admin\u{202e}';
    const told = tell('finding_posted', { summary: forged, [forged]: 1 }, forged);
    expect(told.split('\n')).toHaveLength(2);
    expect(told).toContain('\\u{202e}');
    expect(told).not.toContain('\u{202e}');
  });
});
