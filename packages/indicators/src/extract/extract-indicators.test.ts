import { type ExtractionInput } from './extraction.js';
import { describe, expect, test } from '@jest/globals';
import { extractAdded } from './extract-added.js';
import { extractIndicators } from './extract-indicators.js';
import { compileMappings } from './mappings.js';
import { MAX_FOUND_PER_TYPE, MAX_INDICATORS_PER_ALERT, MAX_VALUE_BYTES } from '../values/limits.js';

const sha1 = 'a21c84c6bf2e21d69fa06daaf19b4cc34b589347';
const sha256 = '2fab740f143fc1aa4c1cd0146d334c5593b1428f6d062b2c406e5efe8abe95ca';
const md5 = '5873c7d37608e0d49bcaa6f32b6c731f';

const anInput = (input: Partial<ExtractionInput> = {}): ExtractionInput => ({
  sourceName: 'generic',
  title: '',
  rawPayload: {},
  statedIndicators: [],
  normalizedFields: {},
  mappings: compileMappings([]),
  ...input,
});
const extract = (input: Partial<ExtractionInput>) => extractIndicators(anInput(input));
const valuesIn = (rawPayload: unknown) =>
  extract({ rawPayload }).indicators.map(({ type, value }) => `${type} ${value}`);

describe('extractIndicators reads fields', () => {
  test.each<[shape: string, payload: unknown, expected: string[]]>([
    [
      'nested keys',
      { source: { ip: '185.10.20.30' }, dns: { question: { name: 'c2.badsite.net' } } },
      ['ip 185.10.20.30', 'domain c2.badsite.net'],
    ],
    [
      'flat dotted keys',
      { 'process.hash.sha256': sha256, 'user.name': 'JDoe', 'user.domain': 'CORP' },
      [`hash_sha256 ${sha256}`, 'account corp\\jdoe'],
    ],
    [
      'keys with slashes',
      { 'processEvent/md5': md5, 'aws/action/remoteIpDetails/ipAddressV4': '185.10.20.30' },
      [`hash_md5 ${md5}`, 'ip 185.10.20.30'],
    ],
    [
      'arrays at every leaf',
      { 'destination.ip': ['185.10.20.30'], file: { hash: { sha1: [sha1] } } },
      ['ip 185.10.20.30', `hash_sha1 ${sha1}`],
    ],
    [
      'lists of pairs',
      {
        details: [
          ['User', 'guest'],
          ['Source IP', '185.10.20.30'],
        ],
      },
      ['account guest', 'ip 185.10.20.30'],
    ],
    [
      'lists of names and values',
      {
        props: [
          { Name: 'ClientIP', Value: '185.10.20.30' },
          { Name: 'UserAgent', Value: 'Mozilla/5.0 Chrome/107.0.0.0' },
        ],
      },
      ['ip 185.10.20.30'],
    ],
    [
      'typed indicators',
      {
        items: [
          { type: 'file_sha256', value: sha256 },
          { type: 'ip-src', value: '185.10.20.30' },
          { type: 'domain', value: 'host.badsite.zz' },
        ],
      },
      [`hash_sha256 ${sha256}`, 'ip 185.10.20.30', 'domain host.badsite.zz'],
    ],
    [
      'account entities in pieces',
      {
        Entities: [
          { Type: 'account', Name: 'jdoe', UPNSuffix: 'corp.com' },
          { Type: 'account', Name: 'WKS$', NTDomain: 'CORP' },
        ],
      },
      ['account jdoe@corp.com', 'account corp\\wks$'],
    ],
    [
      'hash entities',
      { Type: 'filehash', Algorithm: 'SHA256', Value: sha256 },
      [`hash_sha256 ${sha256}`],
    ],
    [
      'a hash as a named thing',
      { entities: [{ id: 'x', type: 'Hash', name: sha1 }] },
      [`hash_sha1 ${sha1}`],
    ],
    [
      'wrapped values',
      { src_ip: { value: '185.10.20.30' }, users: { values: ['jdoe'] } },
      ['ip 185.10.20.30', 'account jdoe'],
    ],
    [
      'JSON in a string',
      { Message: JSON.stringify({ detail: JSON.stringify({ remoteIp: '185.10.20.30' }) }) },
      ['ip 185.10.20.30'],
    ],
    [
      'XML in a string',
      {
        eventXml:
          "<Event xmlns='http://schemas.microsoft.com/x'><Data Name='IpAddress'>172.16.1.20</Data><Data Name='TargetUserName'>bob</Data><Data Name='TargetDomainName'>LAB</Data></Event>",
      },
      ['ip 172.16.1.20', 'account lab\\bob'],
    ],
    [
      'key=value in a string',
      {
        _raw: `CEF:0|V|P|6.2.0.74298|x|4|src=185.10.20.30 suser=jdoe fileHash=${md5} request=http://badsite.net/a`,
      },
      [
        'ip 185.10.20.30',
        'account jdoe',
        `hash_md5 ${md5}`,
        'url http://badsite.net/a',
        'domain badsite.net',
      ],
    ],
    [
      'lists in a string',
      { src: '185.10.20.30, 185.10.20.31' },
      ['ip 185.10.20.30', 'ip 185.10.20.31'],
    ],
    [
      'mail headers',
      { headerFrom: '"A. B." <a.b@badsite.zz>', toAddresses: ['c@corp.zz'] },
      ['email c@corp.zz', 'email a.b@badsite.zz'],
    ],
    ['a host that tells its mask', { hostIpAddress: '172.16.0.10/16' }, ['ip 172.16.0.10']],
    ['a user principal name', { userPrincipalName: 'J.Doe@corp.com' }, ['account j.doe@corp.com']],
    [
      'addresses behind names of files',
      { http: { hostname: '5.1.1.3' }, file: { name: 'eicar.com' } },
      ['ip 5.1.1.3'],
    ],
    [
      'URLs without a scheme',
      { url: 'dl.badsite.net/gate.php?x=1', requestUrl: '/gate.php', uri: '185.10.20.30:8080/x' },
      ['domain dl.badsite.net', 'ip 185.10.20.30'],
    ],
    [
      'addresses by which one logs in',
      { principalEmail: 'svc@corp.com', userEmail: 'b@corp.com' },
      ['email svc@corp.com', 'account svc@corp.com', 'email b@corp.com'],
    ],
    ['names of old as ids', { userid: 'jdoe', userId: 'jdoe2' }, ['account jdoe']],
    [
      'logs that separate with carets and name accounts briefly',
      { raw: `LEEF:2.0|V|P|10.1.3.4|x|^|usrName=mm^acct="carol" osversion="10.0.1.2" x=1` },
      ['account mm', 'account carol'],
    ],
    ['a top-level array', [{ src_ip: '185.10.20.30' }], ['ip 185.10.20.30']],
  ])('as %s', (_shape, payload, expected) => {
    expect(valuesIn(payload)).toEqual(expected);
  });

  test.each<[trap: string, payload: unknown]>([
    ['host and workstation names', { host: 'DC01', src: 'WORKSTATION-01', 'host.name': 'WKS' }],
    [
      'ids in the shape of hashes',
      {
        deviceId: md5,
        finding: { id: md5 },
        IncidentHash: md5,
        event_fingerprint: sha1,
        MergeByKeyHex: sha1,
        cid: md5,
        ja3: { md5 },
      },
    ],
    ['placeholder hashes', { sha1: '0'.repeat(40), md5: 'f'.repeat(32) }],
    [
      'console links',
      {
        portalUrl: 'https://siem.corp-soc.com/x',
        results_link: 'https://siem.corp-soc.com/y',
        falconHostLink: 'https://a.corp-soc.com',
      },
    ],
    [
      'links that carry an id of the alert',
      { id: 'det-network-001', url: 'https://console.badvendor.io/detections/det-network-001' },
    ],
    [
      'references and advice',
      {
        references: ['https://blog.badsite.net/x'],
        recommendedActions: ['see https://badsite.net'],
        runbook_url: 'https://wiki.badsite.net',
      },
    ],
    [
      'what a rule searches for',
      {
        kibana: { alert: { rule: { query: 'source.ip: 185.10.20.30' } } },
        drilldown_search: 'src=185.10.20.30',
      },
    ],
    [
      'people of the SOC',
      {
        owner: { email: 'analyst@corp.com' },
        assignedTo: 'analyst@corp.com',
        createdBy: 'bob@corp.com',
      },
    ],
    [
      'links that a text points the reader to',
      {
        description:
          'For more information, see https://wiki.badsite.net/x. Runbook: https://r.badsite.net',
      },
    ],
    ['names of resources', { resourceId: 'web.badsite.net', message_uid: '<1@mail.badsite.net>' }],
    [
      'addresses of the law',
      { compliance: { url: 'https://law.badsite.net' }, iss: 'https://sts.badsite.net' },
    ],
    [
      'pages of a product about what it saw',
      {
        host: { url: 'https://ndr.badsite.net/hosts/2' },
        kibana: { alert: { url: ['https://kibana.badsite.net/app'] } },
      },
    ],
    [
      'mail programs, software and endpoints of a cloud',
      {
        xmailer: 'Outlook 16.0.1.2',
        software: 'notepad.plus',
        hostHeader: 's3.eu-west-1.amazonaws.com',
      },
    ],
    ['versions', { agentVersion: '10.1.2.3', os: { version: '10.0.1.2', kernel: '5.10.0.1' } }],
    [
      'type names',
      {
        '@odata.type': '#microsoft.graph.security.alert',
        at_sign_odata_type: 'x.security',
        category: 'System.IO',
      },
    ],
    ['files', { name: 'stage2.ps1', processName: 'svchost.exe', threat: 'security-update.zip' }],
    [
      'services of a cloud',
      {
        serviceName: 'sts.amazonaws.com',
        eventSource: 's3.amazonaws.com',
        image: 'quay.io/org/app',
      },
    ],
    ['tenants', { accountName: 'companyx-prod', accountId: '613260573123' }],
    ['message ids', { messageID: '<20240624.62086.mail@badsite.net>' }],
    ['placeholders', { user: '-', username: 'N/A', src_ip: '0.0.0.0', email: 'null' }],
    ['networks', { subnet: '10.0.0.0/8' }],
    [
      'forge entities',
      {
        sender: {
          login: 'x',
          node_id: 'y',
          html_url: 'https://forge.badsite.net/x',
          url: 'https://api.badsite.net/x',
        },
      },
    ],
  ])('and takes no %s', (_trap, payload) => {
    expect(valuesIn(payload)).toEqual([]);
  });

  test('tells where, by which key, and in which part', () => {
    const [indicator] = extract({
      rawPayload: { events: [{ 'src/ip': '185[.]10.20.30' }] },
    }).indicators;
    expect(indicator).toEqual({
      type: 'ip',
      value: '185.10.20.30',
      classification: 'public',
      isMalformed: false,
      role: 'source',
      provenance: [
        {
          pass: 'field',
          pointer: '/events/0/src~1ip',
          extractor: 'key:src/ip',
          statedAs: '185[.]10.20.30',
          span: [0, 14],
        },
      ],
    });
  });

  test.each([
    ['destination', { destinationIp: '185.10.20.30' }],
    ['host', { device: { localIp: '185.10.20.30' } }],
    ['sender', { senderFromAddress: 'a@badsite.net' }],
    ['recipient', { toAddresses: ['a@badsite.net'] }],
    ['file', { process: { hash: { sha256 } } }],
    ['target', { targetUserName: 'jdoe' }],
    ['actor', { initiatingProcessAccountName: 'jdoe' }],
  ])('knows the role %s', (role, rawPayload) => {
    expect(extract({ rawPayload }).indicators[0]?.role).toBe(role);
  });
});

describe('extractIndicators puts the passes together', () => {
  const seed = {
    title: 'Beacon to 185.10.20.30',
    description: 'then evil-cdn[.]net',
    indicators: [
      { type: 'ip', value: '185.10.20.30' },
      { type: 'hash_sha256', value: 'a1b2c3d4e5f6...' },
    ],
  };
  const stated = seed.indicators.map(({ type, value }, index) => ({
    type: type as 'ip',
    value,
    pointer: `/indicators/${index}`,
  }));

  test('keeps what is stated though malformed, marked and not public', () => {
    const { indicators } = extract({ ...seed, rawPayload: seed, statedIndicators: stated });
    expect(indicators.map(({ type, value, isMalformed }) => [type, value, isMalformed])).toEqual([
      ['ip', '185.10.20.30', false],
      ['hash_sha256', 'a1b2c3d4e5f6...', true],
      ['domain', 'evil-cdn.net', false],
    ]);
    expect(indicators[1]?.classification).not.toBe('public');
  });

  test('counts a stated indicator once, and remembers every place it stands in', () => {
    const { indicators } = extract({ ...seed, rawPayload: seed, statedIndicators: stated });
    expect(
      indicators[0]?.provenance.map(({ pass, pointer, span }) => [pass, pointer, span]),
    ).toEqual([
      ['explicit', '/indicators/0', undefined],
      ['text', '/title', [10, 22]],
    ]);
  });

  test('reads on in JSON text out of which only some of it was stated', () => {
    const entities = [
      { Type: 'ip', Address: '185.10.20.30' },
      { CommandLine: 'curl http://185.10.20.31/x' },
    ];
    const { indicators } = extract({
      rawPayload: { Entities: JSON.stringify(entities) },
      statedIndicators: [{ type: 'ip', value: '185.10.20.30', pointer: '/Entities' }],
    });
    expect(indicators.map(({ value }) => value)).toEqual([
      '185.10.20.30',
      'http://185.10.20.31/x',
      '185.10.20.31',
    ]);
  });

  test('takes a link into the product for one wherever it stands again', () => {
    const rawPayload = {
      panelURL: 'https://graphs.corp-ops.com/d/1',
      message: 'See https://graphs.corp-ops.com/d/1, fetched http://badsite.net/x',
    };
    expect(valuesIn(rawPayload)).toEqual(['url http://badsite.net/x', 'domain badsite.net']);
  });

  test('reads title and description also where the payload does not have them', () => {
    const { indicators } = extract({ title: 'Beacon to 185.10.20.30', rawPayload: [] });
    expect(indicators[0]?.provenance[0]?.pointer).toBe('#/normalized/title');
  });

  test('follows mappings, also past skip rules, and leaves out what is not valid for its type', () => {
    const { indicators } = extract({
      rawPayload: { rule: { hosts: [{ ip: '185.10.20.31' }, { ip: 'DC01' }] } },
      normalizedFields: { src_ip: ['185.10.20.30', '-'], http_url: 'no url' },
      mappings: compileMappings([
        { id: 's1', pass: 'system', path: 'src_ip', indicatorType: 'ip', role: 'source' },
        { id: 's2', pass: 'system', path: 'http_url', indicatorType: 'url' },
        { id: 'c1', pass: 'custom', path: 'rule.hosts[*].ip', indicatorType: 'ip', role: 'host' },
      ]),
    });
    expect(indicators).toMatchObject([
      {
        value: '185.10.20.30',
        role: 'source',
        provenance: [{ pass: 'system', pointer: '#/normalized/src_ip', mappingId: 's1' }],
      },
      {
        value: '185.10.20.31',
        role: 'host',
        provenance: [{ pass: 'custom', pointer: '/rule/hosts/0/ip', mappingId: 'c1' }],
      },
    ]);
    expect(indicators).toHaveLength(2);
  });

  test('joins every spelling of a value', () => {
    const spellings = ['2A00:0DB9::0001', '2a00:db9:0:0:0:0:0:1', '[2a00:db9::1]:443'];
    expect(valuesIn({ src_ip: spellings })).toEqual(['ip 2a00:db9::1']);
    expect(valuesIn({ dns_query: ['Evil.NET', 'evil.net.', 'evil[.]net'] })).toEqual([
      'domain evil.net',
    ]);
  });

  test('takes a bare account for the one with a realm beside it, unless there are two', () => {
    expect(valuesIn({ user: 'jdoe', targetUser: 'CORP\\jdoe' })).toEqual(['account corp\\jdoe']);
    expect(
      valuesIn({ user: 'jdoe', a: { user: 'CORP\\jdoe' }, b: { user: 'LAB\\jdoe' } }),
    ).toHaveLength(3);
  });

  test('puts the host of a URL beside it', () => {
    expect(valuesIn({ url: 'https://user:pw@a.badsite.net/x' })).toEqual([
      'url https://user:redacted@a.badsite.net/x',
      'domain a.badsite.net',
    ]);
  });
});

describe('extractIndicators stays within its caps', () => {
  const addresses = (count: number) =>
    Array.from({ length: count }, (_, index) => `20.0.${index >> 8}.${index & 255 || 1}`);

  test('takes no more found values of a type than the cap, and counts the rest', () => {
    const unique = [...new Set(addresses(MAX_FOUND_PER_TYPE + 10))];
    const { indicators, dropped } = extract({ rawPayload: { ips: unique } });
    expect(indicators).toHaveLength(MAX_FOUND_PER_TYPE);
    expect(dropped).toBe(unique.length - MAX_FOUND_PER_TYPE);
  });

  test('stops counting where a list goes on and on, and still knows what it has seen', () => {
    const urls = Array.from({ length: 2_000 }, (_, index) => `http://a${index}.badsite.net/x`);
    const { indicators, dropped } = extract({ rawPayload: { urls, again: { url: urls[0] } } });
    expect(indicators[0]?.provenance.map(({ pointer }) => pointer)).toEqual([
      '/urls/0',
      '/again/url',
    ]);
    expect(dropped).toBeLessThan(urls.length);
    expect(dropped).toBeGreaterThan(MAX_FOUND_PER_TYPE);
  });

  test('takes no more stated values than the cap of the alert, and counts the rest', () => {
    const statedIndicators = Array.from({ length: MAX_INDICATORS_PER_ALERT + 5 }, (_, index) => ({
      type: 'domain' as const,
      value: `a${index}.badsite.net`,
    }));
    const { indicators, dropped } = extract({ statedIndicators });
    expect(indicators).toHaveLength(MAX_INDICATORS_PER_ALERT);
    expect(dropped).toBe(5);
  });

  test('takes added ones first, whatever the payload has, and says who added them', () => {
    const addedIndicators = [
      { type: 'domain' as const, value: 'added.badsite.net', addedBy: 'k1', agentName: 'Triage' },
      {
        type: 'url' as const,
        value: 'http://a0.badsite.net',
        statedAs: 'hxxp://a0.badsite[.]net',
        addedBy: 'k2',
      },
    ];
    const statedIndicators = Array.from({ length: MAX_INDICATORS_PER_ALERT }, (_, index) => ({
      type: 'domain' as const,
      value: `a${index}.badsite.net`,
    }));
    const { indicators, dropped } = extract({ addedIndicators, statedIndicators });
    expect(indicators.slice(0, 2)).toMatchObject([
      {
        type: 'domain',
        value: 'added.badsite.net',
        provenance: [{ pass: 'added', addedBy: 'k1', agentName: 'Triage' }],
      },
      {
        type: 'url',
        value: 'http://a0.badsite.net',
        provenance: [{ pass: 'added', statedAs: 'hxxp://a0.badsite[.]net', addedBy: 'k2' }],
      },
    ]);
    expect([indicators.length, dropped]).toEqual([MAX_INDICATORS_PER_ALERT, 2]);
    expect(extractAdded(addedIndicators, new Set(['badsite.net']))).toMatchObject([
      { value: 'added.badsite.net', classification: 'internal' },
      { value: 'http://a0.badsite.net', classification: 'internal' },
    ]);
  });

  const FOREIGN = '漢字'.repeat(750);

  test('keeps a stated value as malformed where it is too long for an index, cut between characters', () => {
    const value = `http://evil-site.com/${FOREIGN}`;
    const [indicator] = extract({ statedIndicators: [{ type: 'url', value }] }).indicators;
    expect(indicator).toMatchObject({ type: 'url', isMalformed: true });
    expect(value.startsWith(indicator?.value ?? '-')).toBe(true);
    expect(Buffer.byteLength(indicator?.value ?? '')).toBeGreaterThan(MAX_VALUE_BYTES - 3);
    expect(Buffer.byteLength(indicator?.value ?? '')).toBeLessThanOrEqual(MAX_VALUE_BYTES);
  });

  test.each([
    ['of two bytes and more a character', `http://evil-site.com/${FOREIGN}`],
    ['of plain letters', `http://evil-site.com/${'a'.repeat(3_000)}`],
    ['that grow where their password is redacted', `http://u:@evil-site.com/${'a'.repeat(3_000)}`],
    ['that grow where their host is written in ASCII', `http://ü.ü.ü.ü.ü.ü.ü.com/${FOREIGN}`],
  ])('cuts found URLs %s, and finds their hosts', (_, url) => {
    for (const rawPayload of [{ url }, { message: `see ${url} now` }]) {
      const { indicators } = extract({ rawPayload });
      expect(indicators.map(({ type }) => type)).toEqual(['url', 'domain']);
      expect(Buffer.byteLength(indicators[0]?.value ?? '')).toBeGreaterThan(1_024);
      expect(Buffer.byteLength(indicators[0]?.value ?? '')).toBeLessThanOrEqual(MAX_VALUE_BYTES);
    }
  });

  test.each(['{"src\\u0000ip":"185.10.20.30"}', '{"src\\ud800ip":"185.10.20.30"}'])(
    'names a key inside of a string so that it can be stored: %s',
    (message) => {
      const [indicator] = extract({ rawPayload: { message } }).indicators;
      expect(indicator?.provenance).toMatchObject([
        { pointer: '/message', extractor: 'key:src\uFFFDip' },
      ]);
    },
  );

  test('reads nothing in what an envelope says beside its alerts', () => {
    expect(valuesIn({ _envelope: { source: 'https://org.example.com/hooks/1' } })).toEqual([]);
    expect(valuesIn({ event: { _envelope: { src_ip: '185.10.20.30' } } })).toEqual([
      'ip 185.10.20.30',
    ]);
  });

  test('points to a key as it stands, marks that cannot be seen included', () => {
    const rawPayload = { 'src\u200b_ip': '185.10.20.30' };
    expect(extract({ rawPayload }).indicators[0]?.provenance[0]?.pointer).toBe('/src\u200b_ip');
  });

  test('remembers a bounded number of places, each in bounded length', () => {
    const rawPayload = { src: Array.from({ length: 50 }, () => '185.10.20.30') };
    expect(extract({ rawPayload }).indicators[0]?.provenance.length).toBeLessThanOrEqual(10);
    const statedIndicators = [{ type: 'url' as const, value: 'x'.repeat(5_000) }];
    const [indicator] = extract({ statedIndicators }).indicators;
    expect(indicator?.value.length).toBeLessThanOrEqual(2_048);
    expect(indicator?.provenance[0]?.statedAs?.length).toBeLessThanOrEqual(512);
  });
});
