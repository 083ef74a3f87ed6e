import { describe, expect, test } from '@jest/globals';
import { alertMessageSchema } from './alert-message.js';
import { makeMessage } from './make-message.js';

const facts = {
  type: 'alert.extracted',
  alertId: '018f0000-0000-7000-8000-000000000001',
  revision: 2,
  severity: 'High',
  occurredAt: new Date('2025-01-15T10:28:00Z'),
} as const;

describe('makeMessage', () => {
  test('makes a message that its own schema accepts', () => {
    const message = makeMessage(facts);
    expect(alertMessageSchema.parse(message)).toEqual(message);
    expect(message).toMatchObject({
      revision: 2,
      lane: 'urgent',
      occurred_at: '2025-01-15T10:28:00.000Z',
    });
    expect(makeMessage({ ...facts, severity: 'Medium' }).lane).toBe('normal');
  });

  test('names the message that caused it', () => {
    const cause = makeMessage(facts);
    expect(makeMessage({ ...facts, cause }).causation_id).toBe(cause.message_id);
  });
});
