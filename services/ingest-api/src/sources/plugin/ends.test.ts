import { describe, expect, test } from '@jest/globals';
import { sourcePlugin } from '../registry.js';

const CASES: [source: string, status: string, end: string, about: (status: unknown) => unknown][] = [
  [
    'alertmanager',
    'firing',
    'resolved',
    (status) => ({ status, alerts: [{ status, labels: { alertname: 'Shell' }, startsAt: '2026-11-28T10:00:00Z', fingerprint: 'f' }] }),
  ],
  ['sentinel', 'New', 'Closed', (status) => ({ object: { name: 'inc-88', properties: { title: 'T', status } } })],
  ['sentinel', 'New', 'Resolved', (Status) => ({ SystemAlertId: 's', AlertName: 'T', Status })],
  ['ms_graph', 'new', 'resolved', (status) => ({ id: 'a', title: 'T', severity: 'high', status })],
  ['ms_graph', 'atRisk', 'dismissed', (riskState) => ({ id: 'a', riskEventType: 'x', riskLevel: 'high', riskState })],
  ['aws_guardduty', 'NEW', 'RESOLVED', (Status) => ({ Title: 'T', Id: 'i', SchemaVersion: '2018-10-08', ProductArn: 'p', AwsAccountId: '1', RecordState: 'ACTIVE', Workflow: { Status } })],
  ['google_workspace', 'NOT_STARTED', 'CLOSED', (status) => ({ alertId: 'a', type: 'T', source: 's', metadata: { status } })],
  ['crowdstrike', 'new', 'closed', (status) => ({ composite_id: 'c', display_name: 'T', status })],
  ['elastic', 'open', 'closed', (status) => ({ 'kibana.alert.uuid': 'u', 'kibana.alert.rule.name': 'T', 'kibana.alert.workflow_status': status })],
  ['splunk', 'New', 'Closed', (status_label) => ({ result: { search_name: 'T', rule_name: 'T', event_id: 'e', status_label }, search_name: 'T' })],
]; // prettier-ignore

const read = (source: string, payload: unknown) => {
  const plugin = sourcePlugin(source);
  const [first = payload] = plugin?.split?.(payload) ?? [];
  const outcome = plugin?.normalize(first);
  return outcome?.kind === 'normalized' ? outcome.alert : outcome;
};

describe('the end of an alert', () => {
  test.each(CASES)('of %s is no %s, but %s', (source, status, end, about) => {
    const open = read(source, about(status));
    expect(open).toMatchObject({ sourceStatus: status });
    expect(open).toMatchObject({ isEnd: undefined });
    const closed = read(source, about(end));
    expect(closed).toMatchObject({ sourceStatus: end, isEnd: true });
    expect(closed).toHaveProperty(
      'nativeAlertId',
      (open as { nativeAlertId?: string }).nativeAlertId,
    );
  });

  test.each([
    ['in our own names', 'generic', { title: 'T', native_alert_id: 'a', status: 'resolved' }],
    ['in other words and letter case', 'generic', { title: 'T', alertStatus: 'Auto-Closed' }],
    ['in the simple shape on the path of a vendor', 'crowdstrike', { title: 'T', state: 'Closed' }],
    ['of an attack on an organisation', 'okta', { eventType: 'security.attack.end', uuid: 'u' }],
  ])('is known %s', (_, source, payload) => {
    expect(read(source, payload)).toMatchObject({ isEnd: true });
  });

  test.each(['open', 'new', 'acknowledged', 'failure', '404', 'completed'])(
    'is not the status %s',
    (status) => {
      const alert = read('generic', { title: 'T', status });
      expect(alert).toMatchObject({ sourceStatus: status });
      expect(alert).toMatchObject({ isEnd: undefined });
    },
  );

  test('of a vendor stands where its plugin looks, not in a `status` of its own', () => {
    const payload = {
      result: { search_name: 'T', rule_name: 'T', status: 'closed' },
      search_name: 'T',
    };
    expect(read('splunk', payload)).toMatchObject({ isEnd: undefined });
  });

  test('of GuardDuty is what was archived', () => {
    const finding = (archived: boolean) => ({
      detail: {
        id: 'arch1',
        arn: 'arn:x',
        type: 'Recon:EC2/Portscan',
        severity: 5,
        title: 'T',
        service: { archived },
      },
    });
    expect(read('aws_guardduty', finding(true))).toMatchObject({
      sourceStatus: 'archived',
      isEnd: true,
    });
    expect(read('aws_guardduty', finding(false))).toMatchObject({ isEnd: undefined });
  });
});
