/** Example bodies by name of the built-in source. Values are invented. */
export const INGEST_EXAMPLES: Readonly<Record<string, Record<string, unknown>>> = {
  generic: {
    title: 'Suspicious Process Execution',
    severity: 'High',
    occurred_at: '2025-01-15T10:28:00Z',
    description: 'cmd.exe spawned from Excel.exe on WORKSTATION-42',
    tags: ['endpoint', 'execution'],
    source_rule_id: 'RULE-001',
    indicators: [
      { type: 'ip', value: '203.0.113.42' },
      { type: 'account', value: 'jsmith@example.com' },
    ],
  },
  sentinel: {
    objectSchemaType: 'Incident',
    objectEventType: 'Create',
    object: {
      name: '9f',
      properties: {
        title: 'Mass download by a departing user',
        severity: 'High',
        status: 'New',
        createdTimeUtc: '2025-02-03T04:05:06Z',
        incidentUrl: 'https://portal.azure.com/#asset/Incident/9f',
        additionalData: { tactics: ['Exfiltration'] },
        relatedEntities: [{ kind: 'Ip', properties: { address: '198.51.100.23' } }],
      },
    },
  },
  elastic: {
    '@timestamp': '2025-06-01T10:00:30.000Z',
    'kibana.alert.uuid': '1f00aa',
    'kibana.alert.rule.name': 'Unusual parent of a shell',
    'kibana.alert.severity': 'critical',
    'kibana.alert.reason': 'process event with process sh on web-1',
    host: { name: 'web-1', ip: ['10.1.2.3'] },
    destination: { ip: '198.51.100.5', domain: 'c2.example.net' },
  },
  splunk: {
    sid: 'scheduler_admin_search_W2_at_1735689600_132',
    search_name: 'Logins from two countries',
    results_link: 'https://splunk.example.com:8000/app/search/@go?sid=x',
    result: { _time: '1735689600.5', src: '203.0.113.9', user: 'berta', severity: 'medium' },
  },
  wazuh: {
    timestamp: '2025-01-15T10:30:45.123+0100',
    id: '1736933445.1',
    rule: { id: '5712', level: 10, description: 'sshd: brute force trying to get access.' },
    agent: { id: '001', name: 'web-1', ip: '192.168.1.10' },
    data: { srcip: '203.0.113.50', dstuser: 'root' },
  },
  crowdstrike: {
    metadata: { eventType: 'DetectionSummaryEvent', eventCreationTime: 1_735_689_600_000 },
    event: {
      ComputerName: 'LAPTOP-1',
      UserName: 'dora',
      DetectName: 'Suspicious Activity',
      DetectDescription: 'A process tried to dump credentials.',
      SeverityName: 'High',
      DetectId: 'ldt:abc:1',
    },
  },
  ms_graph: {
    '@odata.type': '#microsoft.graph.security.alert',
    id: 'da1',
    title: 'Suspicious PowerShell',
    severity: 'high',
    mitreTechniques: ['T1059.001'],
    alertWebUrl: 'https://security.microsoft.com/alerts/da1',
    createdDateTime: '2025-01-02T00:00:00Z',
    evidence: [
      { '@odata.type': '#microsoft.graph.security.ipEvidence', ipAddress: '198.51.100.19' },
    ],
  },
  aws_guardduty: {
    'detail-type': 'GuardDuty Finding',
    source: 'aws.guardduty',
    account: '123456789012',
    region: 'eu-west-1',
    detail: {
      id: '16afba5c5c43e07c9e3e5e2e544e95df',
      type: 'UnauthorizedAccess:EC2/SSHBruteForce',
      title: '203.0.113.60 is performing SSH brute force attacks.',
      severity: 2,
      createdAt: '2025-01-01T00:05:00.000Z',
      resource: { resourceType: 'Instance', instanceDetails: { instanceId: 'i-1' } },
      service: { serviceName: 'guardduty', eventFirstSeen: '2025-01-01T00:00:00Z' },
    },
  },
  google_workspace: {
    customerId: 'C01',
    alertId: 'a-1',
    createTime: '2025-01-07T00:05:00.123456Z',
    startTime: '2025-01-07T00:00:00Z',
    type: 'User reported phishing',
    source: 'Gmail phishing',
    metadata: { severity: 'HIGH', status: 'NOT_STARTED' },
    data: { maliciousEntity: { fromHeader: 'Boss <boss@phish.example.net>' } },
  },
  alertmanager: {
    version: '4',
    status: 'firing',
    receiver: 'calseta',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'HighErrorRate', instance: 'api-1:9090', severity: 'warning' },
        annotations: { summary: 'Errors above 5 %' },
        startsAt: '2025-01-01T00:00:00.5Z',
        fingerprint: 'f1',
      },
    ],
  },
  suricata: {
    timestamp: '2025-01-05T06:07:08.123456+0000',
    event_type: 'alert',
    src_ip: '10.0.0.5',
    dest_ip: '198.51.100.30',
    dest_port: 443,
    alert: { signature_id: 2_030_001, signature: 'ET MALWARE Beacon', severity: 2 },
  },
  okta: {
    eventType: 'com.okta.event_hook',
    eventId: 'hook-1',
    data: {
      events: [
        {
          uuid: 'e2',
          published: '2025-01-06T00:00:01Z',
          eventType: 'security.threat.detected',
          displayMessage: 'Request from a suspicious actor',
          severity: 'ERROR',
        },
      ],
    },
  },
  azure_monitor: {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: '/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/b9569717',
        alertRule: 'Failed logins on web servers',
        severity: 'Sev1',
        monitorCondition: 'Fired',
        configurationItems: ['web-1'],
        firedDateTime: '2025-03-22T13:58:24.3713213Z',
        description: 'More than 20 failed logins in five minutes',
      },
    },
  },
  datadog: {
    data: [
      {
        id: 'AAAAAWgN8Xwg',
        type: 'signal',
        attributes: {
          message: 'Detected from 203.0.113.61',
          status: 'critical',
          timestamp: '2025-01-01T00:00:00Z',
          tags: ['host:web-1', 'technique:T1110'],
          attributes: { title: 'Impossible travel' },
        },
      },
    ],
  },
  github: {
    action: 'published',
    security_advisory: {
      ghsa_id: 'GHSA-dddd-eeee-ffff',
      summary: 'Moderate severity vulnerability that affects left-pad',
      severity: 'moderate',
      published_at: '2025-02-03T21:13:54Z',
    },
  },
  grafana: {
    receiver: 'calseta',
    status: 'firing',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'Many failed logins', severity: 'critical', instance: 'web-1' },
        annotations: { summary: 'More than 100 failed logins on web-1' },
        startsAt: '2025-01-15T09:30:00Z',
        fingerprint: '57c6d9296de2ad39',
      },
    ],
  },
};
