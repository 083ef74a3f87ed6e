import { ENVELOPE_KEY } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { partsOf } from '../../../test/normalized.js';
import { pluginFor } from './plugin-for.js';
import { MAX_ENVELOPE_CHARACTERS } from './with-envelope.js';

const MAPPING = { items: 'batch.items', fields: { title: 'name', status: 'state' } };
const custom = pluginFor({ name: 'acme', plugin: 'custom', fieldMapping: MAPPING })!;
const parts = (payload: unknown) => partsOf(custom, payload);

describe('withEnvelope', () => {
  test('keeps what an envelope says beside its alerts with each of them', () => {
    const envelope = { site: 'Lyon', batch: { rule: { name: 'r' } } };
    const [first, second] = [{ name: 'a' }, { name: 'b' }];
    expect(
      parts({ site: 'Lyon', none: null, batch: { rule: { name: 'r' }, items: [first, second] } }),
    ).toEqual([
      { name: 'a', [ENVELOPE_KEY]: envelope },
      { name: 'b', [ENVELOPE_KEY]: envelope },
    ]);
  });

  test.each([
    [{ batch: { items: [{ name: 'a' }] } }],
    [
      {
        meta: { trace_id: 't' },
        total: 1,
        '@odata.nextLink': 'x',
        batch: { items: [{ name: 'a' }] },
      },
    ],
  ])('adds nothing where it says nothing: %j', (payload) => {
    expect(parts(payload)).toEqual([{ name: 'a' }]);
  });

  test('repeats none of the alerts, whatever they lie in', () => {
    const guardduty = pluginFor({
      name: 'aws_guardduty',
      plugin: 'aws_guardduty',
      fieldMapping: null,
    })!;
    const Records = ['a', 'b'].map((Message) => ({ EventSource: 'aws:sns', Sns: { Message } }));
    expect(partsOf(guardduty, { Records })).toEqual([{ Message: 'a' }, { Message: 'b' }]);
  });

  test('leaves out an envelope that is too long, and says so', () => {
    const long = (length: number) => ({
      note: 'x'.repeat(length),
      batch: { items: [{ name: 'a' }] },
    });
    const around = JSON.stringify({ note: '' }).length;
    const envelopeOf = (length: number) =>
      (parts(long(length))[0] as Record<string, unknown>)[ENVELOPE_KEY];
    expect(envelopeOf(MAX_ENVELOPE_CHARACTERS - around)).toHaveProperty('note');
    expect(envelopeOf(MAX_ENVELOPE_CHARACTERS - around + 1)).toHaveProperty('omitted');
  });
});

describe('a field mapping', () => {
  test.each([
    ['closed', true],
    ['open', undefined],
  ])('names the field of the status: %s', (state, isEnd) => {
    const outcome = custom.normalize({ name: 'T', state });
    expect(outcome).toMatchObject({ alert: { sourceStatus: state } });
    expect(outcome.kind === 'normalized' && outcome.alert.isEnd).toBe(isEnd);
  });

  test('completes a built-in source by the status', () => {
    const fieldMapping = { fields: { status: 'ticket.phase' } } as const;
    const wazuh = pluginFor({ name: 'wazuh', plugin: 'wazuh', fieldMapping })!;
    const payload = {
      rule: { description: 'T', id: '5', level: 3 },
      ticket: { phase: 'Resolved' },
    };
    expect(wazuh.normalize(payload)).toMatchObject({
      alert: { sourceStatus: 'Resolved', isEnd: true },
    });
  });
});
