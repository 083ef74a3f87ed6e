import { describe, expect, test } from '@jest/globals';
import { normalized } from '../../../test/normalized.js';
import { SOURCE_PLUGINS } from '../registry.js';

const SIMPLE = {
  title: 'Malware on WS-02',
  severity: 'P2',
  occurred_at: '2026-11-28T10:00:00Z',
  description: 'x.exe was dropped',
  native_alert_id: 'n-1',
  source_rule_id: 'r-1',
  tags: ['edr'],
  hosts: ['WS-02'],
  users: ['dora'],
  indicators: [{ type: 'ip', value: '45.155.205.71' }],
};

const READ = {
  title: 'Malware on WS-02',
  severity: 'High',
  severityOriginal: 'P2',
  occurredAt: new Date('2026-11-28T10:00:00Z'),
  description: 'x.exe was dropped',
  nativeAlertId: 'n-1',
  sourceRuleId: 'r-1',
  tags: ['edr'],
  hosts: ['WS-02'],
  users: ['dora'],
  statedIndicators: [
    expect.objectContaining({ type: 'ip', value: '45.155.205.71', pointer: '/indicators/0/value' }),
  ],
};

describe.each(SOURCE_PLUGINS.map((plugin) => [plugin.name, plugin] as const))(
  'on the path of %s',
  (_, plugin) => {
    test('the simple shape is understood', () => {
      expect(normalized(plugin, SIMPLE)).toMatchObject(READ);
    });

    test('the simple shape is understood in other letter case', () => {
      const upper = Object.fromEntries(
        Object.entries(SIMPLE).map(([key, value]) => [
          key === 'title' ? key : key.toUpperCase(),
          value,
        ]),
      );
      expect(normalized(plugin, upper)).toMatchObject({
        ...READ,
        statedIndicators: [expect.anything()],
      });
    });

    test('a template that nobody filled states nothing', () => {
      const alert = normalized(plugin, {
        title: 'x',
        alert_id: '{{alert.id}}',
        description: '$EVENT_MSG',
        users: ['user.name', '{{user.name}}', 'dora'],
        host: '$result.host$',
      });
      expect(alert).toMatchObject({ users: ['dora'], hosts: [] });
      expect(alert.nativeAlertId).toBeUndefined();
      expect(alert.description).toBeUndefined();
    });

    test('other names are understood', () => {
      expect(
        normalized(plugin, {
          title: 'Root login',
          alertSeverity: { name: 'HIGH' },
          createdAt: '2026-11-28T10:00:00Z',
          link: 'https://siem.example.com/alerts/abc',
          alertId: 'abc-123',
          host: { hostname: 'web-1' },
          user_name: 'root',
          ruleName: 'Root logins',
        }),
      ).toMatchObject({
        title: 'Root login',
        severity: 'High',
        occurredAt: new Date('2026-11-28T10:00:00Z'),
        sourceUrl: 'https://siem.example.com/alerts/abc',
        nativeAlertId: 'abc-123',
        hosts: ['web-1'],
        users: ['root'],
        sourceRuleName: 'Root logins',
      });
    });
  },
);

describe.each(
  SOURCE_PLUGINS.filter(({ name }) => name !== 'generic').map(
    (plugin) => [plugin.name, plugin] as const,
  ),
)('on the path of %s', (_, plugin) => {
  test('an alert inside a hand-built body is found', () => {
    expect(
      normalized(plugin, {
        origin: 'relay',
        timestamp: '2026-11-28T10:00:00Z',
        alert: { id: 'sys-1', name: 'Suspicious sign-in', severity: 'Medium' },
      }),
    ).toMatchObject({
      title: 'Suspicious sign-in',
      severity: 'Medium',
      occurredAt: new Date('2026-11-28T10:00:00Z'),
    });
  });

  test('what says too little stays aside', () => {
    for (const payload of [{ headline: 'x' }, { severity: 'High' }, { id: 'a-123456' }]) {
      expect(plugin.normalize(payload).kind).toBe('unreadable');
    }
  });
});
