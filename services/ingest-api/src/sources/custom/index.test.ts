import { type FieldMapping, fieldMappingSchema } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, partsOf } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { createCustomSource } from './index.js';

const fixtures = readFixtures(import.meta.dirname);
const payload = fixtures['door-controller'];

const mapping: FieldMapping = fieldMappingSchema.parse({
  items: 'events',
  fields: {
    title: ['headline', 'what'],
    severity: 'prio',
    occurred_at: 'at',
    native_alert_id: 'id',
    actor_email: 'person.mail',
    users: 'person.login',
    src_ip: 'remote[*].ip',
    dst_ip: 'panel.ip',
    tags: 'labels',
    mitre_techniques: 'attack',
    source_url: 'link',
  },
  severity_map: { p1: 'Critical' },
  defaults: { source_rule_name: 'Door controller', tags: ['door'], severity: 'Low' },
});
const doors = createCustomSource('doors', mapping);
const read = (fields: FieldMapping['fields'], from: unknown, rest: Partial<FieldMapping> = {}) =>
  normalized(createCustomSource('acme', { fields, ...rest }), from);

describeSourceContract(doors, fixtures);

describe('a custom source', () => {
  test('makes an alert of each entry of its list, with every mapped field', () => {
    expect(partsOf(doors, payload)).toHaveLength(2);
    expect(normalized(doors, payload)).toMatchObject({
      title: 'Badge used after leave',
      severity: 'Critical',
      severityOriginal: 'P1',
      occurredAt: new Date('2025-01-15T10:28:00Z'),
      nativeAlertId: '4711',
      sourceRuleName: 'Door controller',
      sourceUrl: 'https://doors.example.com/events/4711',
      tags: ['physical', 'access'],
      mitreTechniques: ['T1078.004'],
      users: ['CORP\\jsmith'],
      fields: {
        src_ip: ['203.0.113.9', '198.51.100.7'],
        dst_ip: '10.20.30.40',
        actor_email: 'jsmith@company.com',
      },
    });
  });

  test('falls back to the source’s name, the defaults and the usual severity words', () => {
    const [, second] = partsOf(doors, payload);
    expect(normalized(doors, second)).toMatchObject({
      title: 'doors',
      severity: 'High',
      tags: ['door'],
      occurredAt: new Date('2025-01-15T10:29:00Z'),
    });
  });

  test('takes the first path that leads to something, blanks left out', () => {
    const fields = { title: ['a', 'b.c', 'd'] };
    expect(read(fields, { a: ' ', 'b.c': 'flat', d: 'late' }).title).toBe('flat');
    expect(read(fields, { a: null, b: { c: ['', 'in a list'] } }).title).toBe('in a list');
  });

  test('takes the default severity only where none is stated', () => {
    const fields = { title: 't', severity: 's' };
    const rest: Partial<FieldMapping> = { defaults: { severity: 'Medium' } };
    expect(read(fields, { t: 'x' }, rest).severity).toBe('Medium');
    expect(read(fields, { t: 'x', s: 'spicy' }, rest)).toMatchObject({
      severity: 'Pending',
      severityOriginal: 'spicy',
    });
  });

  test('reads an entry on its own as it reads it in its list', () => {
    const [first] = partsOf(doors, payload);
    expect(partsOf(doors, first)).toEqual([first]);
  });

  test('sets aside what no path leads into', () => {
    expect(doors.normalize({ other: 1 })).toEqual({
      kind: 'unreadable',
      reason: 'No path of the field mapping leads anywhere.',
    });
  });
});
