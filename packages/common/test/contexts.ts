import { type AlertContext, type ContextIndicator } from '../src/context/alert-context.js';
import { type Classification, type Role } from '../src/alert/extracted-indicator.js';
import { type IndicatorType } from '../src/alert/indicator-type.js';

const SEEN_AT = '2026-03-01T22:14:37.120Z';

/** What the built-in providers say about a value that no other alert has. */
const firstSight = (classification: Classification, type: IndicatorType) => ({
  ...(type === 'ip' && {
    ip_intel: { extracted: { ip_version: 4, address_class: classification } },
  }),
  sightings: {
    extracted: {
      times_seen: 1,
      alert_count: 1,
      first_seen_at: SEEN_AT,
      last_seen_at: SEEN_AT,
      alert_verdicts: { pending: 1 },
    },
  },
});

type Given = [
  type: IndicatorType,
  value: string,
  pointer: string,
  rest?: Partial<ContextIndicator> & { role?: Role },
];

const indicatorOf = ([type, value, pointer, rest = {}]: Given): ContextIndicator => ({
  type,
  value,
  malice: 'Pending',
  maliceReasons: [],
  classification: 'public',
  isMalformed: false,
  provenance: [{ pass: 'explicit', pointer, extractor: 'key:value' }],
  enrichmentResults: firstSight(rest.classification ?? 'public', type),
  ...rest,
});

const STEPS = [
  'Open the process tree in the console of the EDR and write down parent, user, command line and time.',
  'Find out whether the signer of the file is known, and whether its hash stands on the allow list of the fleet.',
  'Call the owner of the machine on the on-call line, never by e-mail, and ask whether the work was planned.',
  'If a credential may be known to others, revoke its sessions first and reset the password afterwards.',
  'Save memory, the Security and Sysmon logs and the PowerShell transcript of the last 24 hours before anything is changed.',
  'Compare each destination with the proxy logs of the last 30 days of the same department.',
  'Isolate the machine only when the incident lead agrees; a domain controller is never isolated by an agent.',
  'Tell the incident lead at once when a second machine, an administrator or a domain controller is concerned.',
];

/** A runbook of 6,000 characters. */
export const RUNBOOK = `# Suspicious execution on a managed machine\n\n${Array.from(
  { length: 60 },
  (_, index) =>
    `${index % 8 === 0 ? `## Part ${index / 8 + 1}\n\n` : ''}${STEPS[index % 8] ?? ''}${index % 8 === 7 ? '\n\n' : ' '}`,
).join('')}`.slice(0, 6_000);

const WORKFLOWS = [
  ['Revoke User Session', 'Revokes all active sessions of an account.', 'always', 'high'],
  ['Isolate Host', 'Cuts a machine off the network but for the EDR.', 'agent_only', 'critical'],
  ['Block Address', 'Blocks an address on the firewalls for 24 hours.', 'never', 'medium'],
] as const;

type Parts = Omit<Partial<AlertContext>, 'alert' | 'indicators'> & {
  alert?: Partial<AlertContext['alert']>;
  indicators?: Given[];
  raw?: unknown;
};

/** An alert with its context; the raw payload is written with indentation, as many senders do. */
export function aContext({ alert, indicators = [], raw = {}, ...rest }: Parts = {}): AlertContext {
  return {
    revision: 1,
    alert: {
      uuid: '01a22b02-6432-71ed-9dff-914cb866d80d',
      title: 'Suspicious PowerShell execution',
      severity: 'High',
      sourceName: 'generic',
      status: 'Open',
      malice: 'Pending',
      occurredAt: new Date('2026-03-01T22:14:37Z'),
      tags: [],
      hosts: [],
      users: [],
      mitreTactics: [],
      mitreTechniques: [],
      normalizedFields: {},
      duplicateCount: 0,
      enrichmentSucceeded: ['sightings', 'ip_intel'],
      enrichmentNotFound: ['threat_lists'],
      enrichmentFailed: [],
      enrichmentReasons: {},
      enrichedAt: new Date('2026-03-01T22:14:39.870Z'),
      indicatorCount: indicators.length,
      droppedIndicatorCount: 0,
      ...alert,
    },
    rawPayloadJson: JSON.stringify(raw, null, 2),
    indicators: indicators.map(indicatorOf),
    contextDocuments: [{ title: 'Endpoint IR Runbook', docType: 'runbook', content: RUNBOOK }],
    workflows: WORKFLOWS.map(([name, documentation, approvalMode, riskLevel], index) => ({
      uuid: `01a22b02-64${index}2-71ed-9dff-2f4c0b66d80d`,
      name,
      documentation,
      approvalMode,
      riskLevel,
    })),
    relatedAlerts: [],
    ...rest,
  };
}

/** Alerts in the shapes of five vendors, with five indicators each. */
export const FIVE_ALERTS: Record<string, AlertContext> = {
  elastic: aContext({
    alert: {
      title: 'PowerShell with an encoded command',
      description: 'powershell.exe on FIN-07 fetched a script from updates-cdn.example.net',
      sourceName: 'elastic',
      tags: ['PowerShell', 'Execution', 'T1059.001'],
      hosts: ['FIN-07.corp.example.com'],
      users: ['m.keller'],
      sourceRuleId: '7d0c5b1e-22c4-4a8f-9d56-0f1e5b3c7a90',
      mitreTactics: ['TA0002'],
      mitreTechniques: ['T1059.001'],
      normalizedFields: {
        src_ip: '10.4.7.21',
        http_url: 'https://updates-cdn.example.net/s.ps1',
        process_name: 'powershell.exe',
        command_line: 'powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0A',
      },
    },
    indicators: [
      ['ip', '10.4.7.21', '/source/ip', { role: 'source', classification: 'private' }],
      ['url', 'https://updates-cdn.example.net/s.ps1', '/url/full'],
      ['domain', 'updates-cdn.example.net', '/url/domain', { role: 'destination' }],
      [
        'hash_sha256',
        '5f2b7d6c1a9e40d38c77be12a05fd3c4e6b8a9907123c4d5e6f708192a3b4c5d',
        '/process/hash/sha256',
        { role: 'file' },
      ],
      ['account', 'm.keller', '/user/name', { role: 'actor' }],
    ],
    detectionRule: {
      name: 'PowerShell with an encoded command',
      mitreTactics: ['TA0002'],
      mitreTechniques: ['T1059.001'],
      documentation: '## Overview\nMatches encoded commands that are not signed by IT.',
    },
    raw: {
      '@timestamp': '2026-03-01T22:14:37.000Z',
      event: { kind: 'signal', category: ['process'], action: 'start', outcome: 'success' },
      source: { ip: '10.4.7.21', port: 52113 },
      url: { full: 'https://updates-cdn.example.net/s.ps1', domain: 'updates-cdn.example.net' },
      process: {
        name: 'powershell.exe',
        pid: 8812,
        args: ['powershell.exe', '-nop', '-w', 'hidden', '-enc', 'SQBFAFgAIAAoAE4AZQB3AC0A'],
        hash: { sha256: '5f2b7d6c1a9e40d38c77be12a05fd3c4e6b8a9907123c4d5e6f708192a3b4c5d' },
        parent: { name: 'winword.exe', pid: 7120 },
      },
      user: { name: 'm.keller', domain: 'CORP' },
      host: { name: 'FIN-07.corp.example.com', os: { family: 'windows', version: '10.0' } },
      kibana: { alert: { severity: 'high', risk_score: 73, workflow_status: 'open' } },
    },
  }),
  sentinel: aContext({
    alert: {
      title: 'Sign-ins from an anonymising network',
      description: 'Twelve failed sign-ins and one that succeeded, from 185.220.101.47.',
      sourceName: 'sentinel',
      tags: ['InitialAccess'],
      users: ['p.novak@corp.example.com'],
      nativeAlertId: 'incident-4711',
      mitreTactics: ['TA0001', 'TA0006'],
      mitreTechniques: ['T1078', 'T1110'],
      normalizedFields: { src_ip: '185.220.101.47', actor_email: 'p.novak@corp.example.com' },
    },
    indicators: [
      [
        'ip',
        '185.220.101.47',
        '/object/properties/relatedEntities/0/properties/address',
        {
          role: 'source',
          malice: 'Malicious',
          maliceReasons: ['threat_lists: listed in tor-exits'],
          enrichmentResults: {
            ...firstSight('public', 'ip'),
            threat_lists: { extracted: { lists: ['tor-exits'] } },
          },
        },
      ],
      ['email', 'p.novak@corp.example.com', '/object/properties/relatedEntities/1/properties/upn'],
      ['account', 'p.novak', '/object/properties/relatedEntities/1/properties/name'],
      ['domain', 'login.example.org', '/object/properties/relatedEntities/2/properties/name'],
      ['ip', '198.51.100.23', '/object/properties/relatedEntities/3/properties/address'],
    ],
    raw: {
      object: {
        id: '/subscriptions/0f1e/resourceGroups/soc/incidents/4711',
        properties: {
          title: 'Sign-ins from an anonymising network',
          severity: 'High',
          status: 'New',
          createdTimeUtc: '2026-03-01T22:14:37Z',
          incidentNumber: 4711,
          labels: [],
          owner: { assignedTo: null, email: null, userPrincipalName: null },
          providerName: 'Azure Sentinel',
          relatedAnalyticRuleIds: ['/subscriptions/0f1e/alertRules/anonymising-network'],
          additionalData: { alertsCount: 3, tactics: ['InitialAccess', 'CredentialAccess'] },
          relatedEntities: [
            { kind: 'Ip', properties: { address: '185.220.101.47' } },
            { kind: 'Account', properties: { name: 'p.novak', upn: 'p.novak@corp.example.com' } },
            { kind: 'DnsResolution', properties: { name: 'login.example.org' } },
            { kind: 'Ip', properties: { address: '198.51.100.23' } },
          ],
        },
      },
    },
  }),
  crowdstrike: aContext({
    alert: {
      title: 'Credential theft by a renamed tool',
      sourceName: 'crowdstrike',
      hosts: ['HR-LT-113'],
      users: ['CORP\\a.santos'],
      normalizedFields: {
        process_name: 'svch0st.exe',
        file_path: 'C:\\Users\\Public\\svch0st.exe',
      },
    },
    indicators: [
      ['hash_md5', '0cc175b9c0f1b6a831c399e269772661', '/MD5String', { role: 'file' }],
      [
        'hash_sha256',
        'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        '/SHA256String',
        { role: 'file' },
      ],
      ['account', 'a.santos', '/UserName', { role: 'actor' }],
      ['ip', '10.9.3.4', '/LocalIP', { classification: 'private', role: 'source' }],
      ['ip', '203.0.113.80', '/RemoteIP', { classification: 'documentation', role: 'destination' }],
    ],
    raw: {
      DetectName: 'Credential theft by a renamed tool',
      Severity: 4,
      SeverityName: 'High',
      ComputerName: 'HR-LT-113',
      UserName: 'CORP\\a.santos',
      LocalIP: '10.9.3.4',
      RemoteIP: '203.0.113.80',
      FileName: 'svch0st.exe',
      FilePath: 'C:\\Users\\Public\\svch0st.exe',
      CommandLine: 'svch0st.exe privilege::debug sekurlsa::logonpasswords exit',
      MD5String: '0cc175b9c0f1b6a831c399e269772661',
      SHA256String: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
      PatternDispositionValue: 2304,
      PatternDispositionFlags: {
        BootupSafeguardEnabled: false,
        CriticalProcessDisabled: false,
        Detect: false,
        FsOperationBlocked: false,
        KillParent: false,
        KillProcess: true,
        QuarantineFile: true,
        QuarantineMachine: false,
        RegistryOperationBlocked: false,
        SuspendProcess: false,
      },
      ParentImageFileName: 'explorer.exe',
      ParentCommandLine: 'C:\\Windows\\explorer.exe',
      ProcessStartTime: 1772403270,
      ProcessEndTime: 1772403279,
      SensorId: '9f0a1b2c3d4e5f60718293a4b5c6d7e8',
      Objective: 'Gain Access',
      Tactic: 'Credential Access',
      Technique: 'OS Credential Dumping',
    },
  }),
  splunk: aContext({
    alert: {
      title: 'Many failed logins, then one that worked',
      sourceName: 'splunk',
      hosts: ['vpn-gw-2'],
      users: ['r.ito'],
      sourceRuleId: 'Access - Brute Force - Rule',
      normalizedFields: { src_ip: '192.0.2.55', actor_username: 'r.ito' },
    },
    indicators: [
      ['ip', '192.0.2.55', '/result/src', { role: 'source', classification: 'documentation' }],
      ['account', 'r.ito', '/result/user', { role: 'actor' }],
      ['domain', 'vpn.example.com', '/result/dest'],
      ['email', 'r.ito@example.com', '/result/user_email'],
      ['url', 'https://vpn.example.com/login', '/result/url'],
    ],
    raw: {
      sid: 'scheduler__admin__search__RMD5a4c__at_1772403277_1104',
      search_name: 'Access - Brute Force - Rule',
      app: 'SplunkEnterpriseSecuritySuite',
      owner: 'admin',
      result: {
        src: '192.0.2.55',
        user: 'r.ito',
        user_email: 'r.ito@example.com',
        dest: 'vpn.example.com',
        url: 'https://vpn.example.com/login',
        failure: '41',
        success: '1',
        app: 'vpn',
        action: 'success',
        authentication_method: 'password',
        dest_category: ['remote-access', 'perimeter'],
        src_country: null,
        user_bunit: 'finance',
        user_priority: 'medium',
        orig_sourcetype: 'pan:globalprotect',
        linecount: '1',
        splunk_server: 'idx-03',
        tag: ['authentication', 'network', 'session'],
        _time: '1772403277',
      },
    },
  }),
  proofpoint: aContext({
    alert: { title: 'Phishing message delivered', tags: ['email'], users: ['d.weber@example.com'] },
    indicators: [
      ['email', 'billing@invoice-desk.example.net', '/sender', { role: 'sender' }],
      ['email', 'd.weber@example.com', '/recipient/0', { role: 'recipient' }],
      ['ip', '198.51.100.77', '/senderIP', { classification: 'documentation', role: 'source' }],
      ['url', 'http://invoice-desk.example.net/open', '/threatsInfoMap/0/threat'],
      ['domain', 'invoice-desk.example.net', '/threatsInfoMap/0/threat'],
    ],
    raw: {
      sender: 'billing@invoice-desk.example.net',
      senderIP: '198.51.100.77',
      recipient: ['d.weber@example.com'],
      subject: 'Your invoice of February',
      phishScore: 91,
      spamScore: 12,
      quarantineFolder: null,
      impostorScore: 3,
      malwareScore: 0,
      completelyRewritten: true,
      policyRoutes: ['allow_relay', 'default_inbound'],
      modulesRun: ['pdr', 'sandbox', 'spam', 'urldefense'],
      messageParts: [
        { disposition: 'inline', filename: 'text.html', contentType: 'text/html' },
        { disposition: 'attached', filename: 'invoice.pdf', contentType: 'application/pdf' },
      ],
      threatsInfoMap: [
        {
          threatType: 'url',
          classification: 'phish',
          threat: 'http://invoice-desk.example.net/open',
          threatStatus: 'active',
        },
      ],
      messageTime: '2026-03-01T22:14:30Z',
    },
  }),
};
