import { describe, expect, test } from '@jest/globals';
import { EVENT_SCHEMAS } from './operator-event.js';
import { MAX_EVENT_BYTES, renderEvent } from './render-event.js';

const dead = (texts: { agent_name: string; last_error: string }) => ({
  event: 'delivery.dead' as const,
  data: {
    delivery_uuid: '01946977-1d00-7000-8000-000000000004',
    agent_uuid: '01946977-1d00-7000-8000-000000000003',
    event: 'alert.enriched',
    severity: 'High',
    attempt_count: 3,
    occurred_at: '2025-01-15T10:30:05Z',
    ...texts,
  },
});

describe('renderEvent', () => {
  test('adds where to read more, and points to what an outsider could have written', () => {
    const body = renderEvent(dead({ agent_name: 'A', last_error: 'answered 500' }), 'https://c');
    const parsed = EVENT_SCHEMAS['delivery.dead'].parse(JSON.parse(body));
    expect(parsed.data['url']).toBe('https://c/v1/deliveries/01946977-1d00-7000-8000-000000000004');
    expect(parsed.untrusted_paths).toEqual(['/data/last_error']);
  });

  test('makes hidden characters visible', () => {
    const body = renderEvent(dead({ agent_name: 'A', last_error: 'a\u202eb' }), 'https://c');
    expect(JSON.parse(body)).toMatchObject({ data: { last_error: String.raw`a\u{202e}b` } });
  });

  test.each(['x', '"', 'é', '\u{e0041}', '\u0001'])(
    'stays within its bytes with %j',
    (character) => {
      const text = character.repeat(4_000);
      const body = renderEvent(
        dead({ agent_name: text, last_error: text }),
        `https://${'c'.repeat(200)}`,
      );
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    },
  );
});
