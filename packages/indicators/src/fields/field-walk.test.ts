import { describe, expect, test } from '@jest/globals';
import { extractIndicators } from '../extract/extract-indicators.js';
import { compileMappings } from '../extract/mappings.js';

const sha256 = '2fab740f143fc1aa4c1cd0146d334c5593b1428f6d062b2c406e5efe8abe95ca';
const md5 = '5873c7d37608e0d49bcaa6f32b6c731f';

const valuesIn = (rawPayload: unknown) =>
  extractIndicators({
    sourceName: 'generic',
    title: '',
    rawPayload,
    statedIndicators: [],
    normalizedFields: {},
    mappings: compileMappings([]),
  }).indicators.map(({ type, value }) => `${type} ${value}`);

describe('a value goes by its label', () => {
  test.each<[shape: string, payload: unknown, expected: string[]]>([
    [
      'whose key begins as its own does',
      [
        { ioc_type: 'account_name', ioc_value: 'jdoe' },
        { indicatorType: 'sha256', indicatorValue: sha256 },
        { fieldName: 'src_host', fieldValue: 'c2.badsite.zz' },
      ],
      [`account jdoe`, `hash_sha256 ${sha256}`, 'domain c2.badsite.zz'],
    ],
    [
      'inside of a wrapper for its type',
      { attributes: [{ key: 'user.name', value: { stringValue: 'jdoe' } }] },
      ['account jdoe'],
    ],
    [
      'that says what the hash is of',
      [
        { algorithm: 'MD5', hash: md5 },
        { name: 'ja3', hash: md5.replace('5', '6') },
      ],
      [`hash_md5 ${md5}`],
    ],
    [
      'of a mail header, which is no address',
      {
        headers: [{ header: 'Message-ID', value: '<a1b2@mail.badsite.net>' }],
        list: [['Message-ID', '<c3d4@mail.badsite.net>']],
      },
      [],
    ],
    ['of a policy, which is no host', { type: 'policy', value: 'web.badsite.net' }, []],
  ])('%s', (_, payload, expected) => {
    expect(valuesIn({ list: payload }).toSorted()).toEqual(expected.toSorted());
  });
});

describe('a value keeps the meaning of its own key', () => {
  test.each<[shape: string, payload: unknown, expected: string[]]>([
    ['beside a title', { title: 'Malware', hash: sha256 }, [`hash_sha256 ${sha256}`]],
    [
      'beside the name of its file',
      { file: { name: 'invoice.exe', hash: sha256 } },
      [`hash_sha256 ${sha256}`],
    ],
    ['beside a type', { type: 'trojan', hash: md5 }, [`hash_md5 ${md5}`]],
    [
      'as a record of any kind',
      { type: 'policy', data: { src_ip: '185.10.20.30', user: 'jdoe' } },
      ['ip 185.10.20.30', 'account jdoe'],
    ],
    [
      'as a list of records',
      { category: 'signature', values: [{ dest_ip: '185.10.20.30' }] },
      ['ip 185.10.20.30'],
    ],
  ])('%s', (_, payload, expected) => {
    expect(valuesIn({ list: payload })).toEqual(expected);
  });
});

test('references are links, unless they hold the events', () => {
  const event = { target: { ip: ['185.10.20.30'] } };
  expect(
    valuesIn({
      references: ['https://blog.vendor.net/report'],
      rule: { references: [{ name: 'Report', url: 'https://blog.vendor.net/report' }] },
      collectionElements: [{ label: 'e', references: [{ event }] }],
    }),
  ).toEqual(['ip 185.10.20.30']);
});

test.each<[text: string, expected: string[]]>([
  ['2025-03-03T11:06:40Z DENY TCP 10.0.0.5:51000 -> 45.1.2.3:443', ['ip 10.0.0.5', 'ip 45.1.2.3']],
  ['2025-03-03 11:06:40,123 login of CORP\\jdoe from 45.1.2.3', ['ip 45.1.2.3']],
  ['2025-03-03T11:06:40.123456789+02:00', []],
  ['2025-03-03 11:06 UTC', []],
  ['2025-03-03', []],
])('a line that begins with a time is read: %s', (log, expected) => {
  expect(valuesIn({ log })).toEqual(expected);
});

describe('markup in a string', () => {
  test('of a page is a text, with its links and without its style sheets', () => {
    const style = '<STYLE type="text/css">a.link, td.top { color: red }</STYLE>';
    const link = '<a href="http://login.badsite.net/q?a=1">Sign in</a>';
    const image = "<img src='https://track.badsite.org/p.gif'>";
    expect(
      valuesIn({
        body: `<html xmlns="http://www.w3.org/1999/xhtml"><head>${style}</head>${link}${image}</html>`,
      }),
    ).toEqual([
      'url http://login.badsite.net/q?a=1',
      'domain login.badsite.net',
      'url https://track.badsite.org/p.gif',
      'domain track.badsite.org',
    ]);
  });

  test('of data is read by the names of its elements and attributes', () => {
    expect(
      valuesIn({
        xml: `<?xml version="1.0"?><log xmlns="http://schemas.vendor.net/log"><flow src="185.10.20.30" user='jdoe' version="4.3.2.1"/><Data Name='TargetUserName'>admin2</Data></log>`,
      }),
    ).toEqual(['ip 185.10.20.30', 'account jdoe', 'account admin2']);
  });
});

describe('accounts', () => {
  test.each<[shape: string, payload: unknown, expected: string[]]>([
    [
      'of users in any part',
      {
        triggering_user: 'usr1',
        topUsers: ['usr2'],
        'origin-username': 'usr3',
        affected_accounts: ['usr4'],
      },
      ['account usr1', 'account usr2', 'account usr3', 'account usr4'],
    ],
    [
      'as objects with a name',
      { usr: { name: 'usr1' }, impacted_users: [{ name: 'usr2' }], src_account: { name: 'usr3' } },
      ['account usr1', 'account usr2', 'account usr3'],
    ],
    [
      'as entities of that type',
      {
        entities: [
          { type: 'User', name: 'usr1' },
          { kind: 'User', name: 'Jane Doe' },
        ],
      },
      ['account usr1'],
    ],
    [
      'of the other users of an event',
      { 'user.target.name': 'usr1', user: { effective: { name: 'usr2' } } },
      ['account usr1', 'account usr2'],
    ],
    [
      'but of nobody who works on the alert, and of no counts',
      {
        closing_user: 'usr1',
        assigned_user: 'usr2',
        analyst_user: 'usr3',
        num_users: 'many',
        isUser: 'maybe',
      },
      [],
    ],
    [
      'of events of a system',
      { type: 'SYSTEM', user: 'fwadmin', username: 'fwadmin2' },
      ['account fwadmin', 'account fwadmin2'],
    ],
    [
      'but of no system that acts',
      { actor: { type: 'SystemPrincipal', alternateId: 'system@vendor.net' } },
      [],
    ],
    [
      'apart from the site that was visited',
      { username: 'jdoe', domain: 'shop.badsite.net' },
      ['account jdoe', 'domain shop.badsite.net'],
    ],
    [
      'with the realm beside them',
      { username: 'jdoe', domain: 'CORP', user: { name: 'lou', domain: 'corp.example.com' } },
      ['account corp\\jdoe', 'account lou@corp.example.com', 'domain corp.example.com'],
    ],
  ])('%s', (_, payload, expected) => {
    expect(valuesIn(payload)).toEqual(expected);
  });
});

test('a name under a key of addresses is a host, under a suffix of files too', () => {
  expect(
    valuesIn({
      dest: 'office-login.app',
      destination: { address: 'oferta-dnia.pl' },
      url: 'pay-portal.cc/login',
      attachment: 'install.sh',
    }),
  ).toEqual(['domain office-login.app', 'domain oferta-dnia.pl', 'domain pay-portal.cc']);
});

describe('hashes', () => {
  test.each<[shape: string, payload: unknown]>([
    ['as a value', { algorithm: 'unknown', hash_value: sha256 }],
    ['by number', { hash1: sha256 }],
    ['as an indicator', { ioc: sha256 }],
    ['in a list of indicators', { indicators: [sha256] }],
    ['with labels', { event: { Hashes: `IMPHASH=${md5},SHA256=${sha256}` } }],
  ])('%s', (_, payload) => {
    expect(valuesIn(payload)).toEqual([`hash_sha256 ${sha256}`]);
  });

  test.each(['sha256Ac', 'sha1_ac', 'md5HashSubject', 'md5HashMessageBody'])(
    'are of no file under %s',
    (key) => {
      expect(valuesIn({ [key]: key.startsWith('sha256') ? sha256 : md5 })).toEqual([]);
    },
  );
});

describe('what is no part of the event', () => {
  test.each<[what: string, payload: unknown]>([
    [
      'people at work on the alert',
      {
        ownerEmail: 'ann@soc.net',
        assignee_email: 'ann@soc.net',
        createdByEmail: 'ann@soc.net',
        closed_by_email: 'ann@soc.net',
        case_owner: 'ann@soc.net',
        analyst: 'ann@soc.net',
        reviewer_email: 'ann@soc.net',
        event_creator_email: 'ann@soc.net',
        correlation_rule_user_id: 'ann@soc.net',
        muteInitiator: 'ann@soc.net',
        avatarUrls: { '48x48': 'https://pictures.vendor.net/ann.png' },
      },
    ],
    [
      'the rule, the issuer, and further reading',
      {
        rule_content: 'detects c2.badsite.net and 185.10.20.30 in the traffic of a host',
        tls: {
          issuerdn: 'CN=ca.vendor.net',
          ocsp: 'http://ocsp.vendor.net',
          crl: 'http://crl.vendor.net/x.crl',
        },
        tlsDetails: { clientProvidedHostHeader: 'eu-west-1.signin.vendor.net' },
        bugzilla_references: ['https://bugs.vendor.net/1'],
        urlhaus_reference: 'https://feed.vendor.net/1',
        splunk_server: 'idx1.soc.net',
      },
    ],
    [
      'links to pages of the product',
      {
        alarmUrl: 'https://siem.soc.net/alarms/1',
        detection_url: 'https://siem.soc.net/d/1',
        insightUrl: 'https://siem.soc.net/i/1',
        kibana_url: 'https://siem.soc.net/app/x',
      },
    ],
    ['a record that links to itself', { id: 5188, url: 'https://10.1.1.1/api/v2/detections/5188' }],
  ])('%s', (_, payload) => {
    expect(valuesIn(payload)).toEqual([]);
  });

  test('is not every owner, preference or URL that ends in a number', () => {
    expect(
      valuesIn({
        device_owner_email: 'jdoe@corp.net',
        preferences: 'c2.badsite.net',
        item: { id: 7, url: 'https://www.badsite.org/8' },
      }),
    ).toEqual([
      'email jdoe@corp.net',
      'domain c2.badsite.net',
      'url https://www.badsite.org/8',
      'domain www.badsite.org',
    ]);
  });
});

test('a list in one string is read as its values where all of them can be', () => {
  expect(
    valuesIn({
      user: 'bob,alice',
      roles: 'admin,user',
      dest: 'a.badsite.net,b.badsite.net',
      attribute: { type: 'domain|ip', value: 'badsite.org|185.10.20.30' },
      full_user: 'Doe, Jane',
    }),
  ).toEqual([
    'account bob',
    'account alice',
    'domain a.badsite.net',
    'domain b.badsite.net',
    'domain badsite.org',
    'ip 185.10.20.30',
  ]);
});

test('the rows of a table are read by its columns', () => {
  const columns = [
    { name: 'UserName', type: 'string' },
    { name: 'Target' },
    { name: 'FileSHA256' },
  ];
  const { indicators } = extractIndicators({
    sourceName: 'generic',
    title: '',
    rawPayload: { tables: [{ name: 'PrimaryResult', columns, rows: [['jdoe', 'n/a', sha256]] }] },
    statedIndicators: [],
    normalizedFields: {},
    mappings: compileMappings([]),
  });
  expect(indicators.map(({ value, provenance }) => [value, provenance[0]?.pointer])).toEqual([
    ['jdoe', '/tables/0/rows/0/0'],
    [sha256, '/tables/0/rows/0/2'],
  ]);
  expect(
    valuesIn({ columns: [{ name: 'user.name' }], values: [['jdoe']], host: { ip: '10.1.2.3' } }),
  ).toEqual(['account jdoe', 'ip 10.1.2.3']);
});

test('links in a mail are part of it', () => {
  expect(
    valuesIn({
      links: ['https://siem.soc.net/alerts/1'],
      email: { links: ['http://www.badsite.net/x'] },
    }),
  ).toEqual(['url http://www.badsite.net/x', 'domain www.badsite.net']);
});
