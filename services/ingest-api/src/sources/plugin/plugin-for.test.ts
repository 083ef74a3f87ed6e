import { describe, expect, test } from '@jest/globals';
import { type FieldMapping } from '@calseta/common';
import { normalized, partsOf } from '../../../test/normalized.js';
import { pluginFor } from './plugin-for.js';

function pluginWith(name: string, fieldMapping: FieldMapping | null) {
  const plugin = pluginFor({ name, plugin: name, fieldMapping });
  if (!plugin) throw new Error(`no plugin ${name}`);
  return plugin;
}

const read = (name: string, payload: unknown, mapping: FieldMapping | null = null) =>
  normalized(pluginWith(name, mapping), payload);

describe('every source', () => {
  test('notes a severity that nobody could read, and none that was not stated', () => {
    expect(read('generic', { title: 'x', severity: 'Spicy' })).toMatchObject({
      severity: 'Pending',
      severityOriginal: 'Spicy',
      notes: [expect.stringContaining('"Spicy" is not known')],
    });
    expect(read('generic', { title: 'x' }).notes).toEqual([]);
    expect(read('generic', { title: 'x', severity: 'pending' }).notes).toEqual([]);
  });

  test('fills techniques and tactics from the tags of Sigma rules', () => {
    expect(
      read('generic', {
        title: 'x',
        tags: ['attack.t1059.001', 'attack.persistence', 'windows'],
        mitre_techniques: ['T1003'],
      }),
    ).toMatchObject({
      tags: ['attack.t1059.001', 'attack.persistence', 'windows'],
      mitreTechniques: ['T1003', 'T1059.001'],
      mitreTactics: ['TA0003'],
    });
  });

  test('a plugin that this version has not is none', () => {
    expect(pluginFor({ name: 'x', plugin: 'gone', fieldMapping: null })).toBeUndefined();
  });
});

describe('a field mapping added to a built-in source', () => {
  const incident = {
    properties: { title: 'Incident', severity: 'Spicy', createdTimeUtc: '2026-01-02T03:04:05Z' },
    team: { host: 'WS-1', labels: ['soc'], ref: 'R-7' },
  };

  test('fills what the plugin leaves open, and nothing else', () => {
    const mapping: FieldMapping = {
      fields: {
        title: 'team.ref',
        occurred_at: 'team.ref',
        hosts: 'team.host',
        tags: 'team.labels',
        source_rule_id: 'team.ref',
        src_hostname: 'team.host',
      },
      defaults: { source_rule_name: 'SOC', title: 'never' },
    };
    expect(read('sentinel', incident, mapping)).toMatchObject({
      title: 'Incident',
      occurredAt: new Date('2026-01-02T03:04:05Z'),
      hosts: ['WS-1'],
      tags: ['soc'],
      sourceRuleId: 'R-7',
      sourceRuleName: 'SOC',
      fields: { src_hostname: 'WS-1' },
    });
  });

  test('says what words for severities mean, also those that are read otherwise', () => {
    const mapping: FieldMapping = { severity_map: { spicy: 'High', medium: 'Low' } };
    expect(read('sentinel', incident, mapping)).toMatchObject({
      severity: 'High',
      severityOriginal: 'Spicy',
      notes: [],
    });
    const medium = { properties: { title: 'x', severity: 'Medium' } };
    expect(read('sentinel', medium, mapping)).toMatchObject({ severity: 'Low' });
  });

  test('gives a severity where none was stated, and leaves one that nobody could read', () => {
    const mapping: FieldMapping = { defaults: { severity: 'Medium' } };
    expect(read('sentinel', { properties: { title: 'x' } }, mapping).severity).toBe('Medium');
    expect(read('sentinel', incident, mapping).severity).toBe('Pending');
    const path: FieldMapping = { fields: { severity: 'prio' } };
    expect(read('sentinel', { ...incident, prio: 'P1' }, path).severity).toBe('Critical');
  });

  test('takes the place of a title that was made up', () => {
    const event = { metadata: { eventType: 'AuthActivityAuditEvent' }, event: { what: 'Login' } };
    expect(read('crowdstrike', event).isTitleAssumed).toBe(true);
    const titled = read('crowdstrike', event, { fields: { title: 'event.what' } });
    expect(titled.title).toBe('Login');
    expect(titled.isTitleAssumed).toBeUndefined();
  });

  test('reads what the plugin cannot, when it leads to a title', () => {
    const mapping: FieldMapping = { fields: { title: 'what' } };
    expect(read('sentinel', { what: 'Odd' }, mapping).title).toBe('Odd');
    expect(read('generic', { what: 'Odd' }, mapping).title).toBe('Odd');
    const other = pluginWith('sentinel', mapping).normalize({ nothing: 1 });
    expect(other.kind).toBe('unreadable');
  });

  test('takes an envelope apart that the plugin does not know', () => {
    const plugin = pluginWith('suricata', { items: 'batch' });
    const one = { event_type: 'alert', alert: { signature: 'One' } };
    expect(partsOf(plugin, { batch: [one, one] })).toHaveLength(2);
    expect(partsOf(plugin, one)).toEqual([one]);
  });

  test('says that it was cut', () => {
    const list = Array.from({ length: 1_001 }, () => ({ host: 'a' }));
    const mapping: FieldMapping = { fields: { hosts: 'list[*].host' } };
    const { notes } = read('sentinel', { properties: { title: 'x' }, list }, mapping);
    expect(notes).toEqual([expect.stringContaining('more than 1000 values')]);
  });
});
