import {
  type FieldMapping,
  fieldMappingSchema,
  MAX_MAPPED_PATHS,
  MAX_MATCHES_PER_PATH,
  MAX_VISITS_PER_ALERT,
} from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, partsOf } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { CUT_NOTE } from '../reading/assemble-alert.js';
import { createCustomSource } from './index.js';
import { OVERFLOW_NOTE } from './read-fields.js';

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

  describe('has limits:', () => {
    const listOf = (length: number): { a: number }[] => Array.from({ length }, () => ({ a: 1 }));
    /** As many paths as a mapping may have, all through the list. */
    const everywhere = Object.fromEntries(
      ['hosts', 'users', 'tags', 'src_ip', 'dst_ip', 'dns_query', 'http_url', 'email_from'].map(
        (field) => [field, Array.from({ length: 10 }, (_, index) => `list[*].${field}${index}`)],
      ),
    );
    const mappingOf = (fields: FieldMapping['fields']) =>
      createCustomSource('doors', fieldMappingSchema.parse({ fields }));

    test('values and keys that all its paths look at', () => {
      const limited = mappingOf({ title: 'what', ...everywhere });
      // Visits: each of both keys twice (lookup and value), then each entry and its key.
      const fitting = { what: 'x', list: listOf(MAX_VISITS_PER_ALERT / 2 - 2) };
      expect(limited.normalize(fitting)).toMatchObject({ alert: { title: 'x', notes: [] } });
      expect(limited.normalize(fitting)).not.toHaveProperty('isCut');
      fitting.list.push({ a: 1 });
      const cut = limited.normalize(fitting);
      expect(cut).toMatchObject({ isCut: true, alert: { title: 'x', notes: [CUT_NOTE] } });
    });

    test('values of one path', () => {
      const limited = mappingOf({ title: 'what', hosts: 'list.a' });
      const notes = (length: number) =>
        normalized(limited, { what: 'x', list: listOf(length) }).notes;
      expect(notes(MAX_MATCHES_PER_PATH)).toEqual([]);
      expect(notes(MAX_MATCHES_PER_PATH + 1)).toEqual([OVERFLOW_NOTE]);
    });

    test('paths', () => {
      const paths = Array.from({ length: MAX_MAPPED_PATHS }, (_, index) => `p${index}`);
      const tens = Object.entries({ ...everywhere, title: [], description: [] }).map(
        ([field], index) => [field, paths.slice(index * 10, index * 10 + 10)] as const,
      );
      const fields = Object.fromEntries(tens);
      expect(fieldMappingSchema.safeParse({ fields }).success).toBe(true);
      const one = { ...fields, severity: 'one more' };
      expect(fieldMappingSchema.safeParse({ fields: one }).success).toBe(false);
    });

    test('lists that hold its alerts, so that none is left out unseen', () => {
      const listed = createCustomSource('doors', { items: 'pages.events', fields: { title: 't' } });
      const pages = (length: number) => ({
        pages: Array.from({ length }, (_, index) => ({ events: index === 0 ? [{ t: 'x' }] : [] })),
      });
      expect(partsOf(listed, pages(MAX_MATCHES_PER_PATH))).toEqual([{ t: 'x' }]);
      const tooLarge = expect.objectContaining({ code: 'request.too_large' });
      expect(() => partsOf(listed, pages(MAX_MATCHES_PER_PATH + 1))).toThrow(tooLarge);
      const distant = createCustomSource('doors', { items: 'pages.*.x', fields: { title: 't' } });
      // Visits: the key twice (lookup and value), and each page with its key.
      const pastBudget = Math.ceil((MAX_VISITS_PER_ALERT - 1) / 2);
      expect(() => partsOf(distant, { pages: listOf(pastBudget) })).toThrow(tooLarge);
    });
  });

  test('sets aside what no path leads into', () => {
    expect(doors.normalize({ other: 1 })).toEqual({
      kind: 'unreadable',
      reason: 'No path of the field mapping leads anywhere.',
    });
  });
});
