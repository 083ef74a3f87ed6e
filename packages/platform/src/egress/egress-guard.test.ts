import { type LookupAddress, type LookupOptions } from 'node:dns';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../config/load-config.js';
import { egressConfig } from './egress-config.js';
import { createEgressGuard, EgressBlockedError } from './egress-guard.js';
import { NameError } from './resolver/name-error.js';

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });

const NAMES: Record<string, LookupAddress[]> = {
  'agent.example.com': [v4('8.8.8.8'), v6('2606:4700::1111')],
  'rebound.example.com': [v4('127.0.0.1')],
  'mixed.example.com': [v4('8.8.8.8'), v4('10.0.0.1')],
  'metadata.google.internal': [v4('169.254.169.254')],
  localhost: [v6('::1'), v4('127.0.0.1')],
};

const resolve = async (name: string) => {
  const addresses = NAMES[name];
  if (!addresses) throw new NameError('ENOTFOUND', `The name ${name} has no address.`);
  return addresses;
};

const guard = createEgressGuard({ allow: [], resolve });
const loopbackGuard = createEgressGuard({ allow: ['127.0.0.0/8'], resolve });

const lookup = async (name: string, options: LookupOptions, by = guard) =>
  await new Promise((done, fail) => {
    by.lookup(name, options, (error, ...answer) => (error ? fail(error) : done(answer)));
  });

describe('checkUrl', () => {
  test.each([
    'https://agent.example.com/webhook',
    'http://agent.example.com:8080/webhook?token=x',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]:8443/',
  ])('allows %s', async (url) => {
    expect(await guard.checkUrl(url)).toEqual({ kind: 'allowed' });
  });

  test.each([
    ['another scheme', 'ftp://agent.example.com/'],
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['no URL', 'agent.example.com'],
    ['user info', 'https://user:pass@agent.example.com/'],
    ['a user name', 'https://user@agent.example.com/'],
    ['the SSH port', 'http://agent.example.com:22/'],
    ['the Postgres port', 'http://agent.example.com:5432/'],
    ['the Redis port', 'http://agent.example.com:6379/'],
    ['port 0', 'http://agent.example.com:0/'],
    ['loopback', 'http://127.0.0.1/'],
    ['loopback in decimal', 'http://2130706433/'],
    ['loopback in octal', 'http://0177.0.0.1/'],
    ['loopback in hex', 'http://0x7f.1/'],
    ['short loopback', 'http://127.1/'],
    ['full-width loopback', 'http://１２７.0.0.1/'],
    ['zero', 'http://0/'],
    ['a literal with a root dot', 'http://127.0.0.1./'],
    ['IPv6 loopback', 'http://[::1]/'],
    ['mapped loopback', 'http://[::ffff:127.0.0.1]/'],
    ['mapped metadata in hex', 'http://[::ffff:a9fe:a9fe]/'],
    ['NAT64 metadata', 'http://[64:ff9b::169.254.169.254]/'],
    ['6to4 loopback', 'http://[2002:7f00:1::]/'],
    ['metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['metadata by name', 'http://metadata.google.internal/'],
    ['a name of loopback', 'https://rebound.example.com/'],
    ['a name of public and private addresses', 'https://mixed.example.com/'],
    ['localhost', 'http://localhost:3000/'],
  ])('refuses %s', async (_name, url) => {
    expect(await guard.checkUrl(url)).toMatchObject({ kind: 'refused' });
  });

  test('tells a name that does not resolve apart', async () => {
    expect(await guard.checkUrl('https://nowhere.example.com/')).toEqual({
      kind: 'unresolvable',
      reason: 'The name nowhere.example.com has no address.',
    });
  });

  test('lets the operator allow loopback, by address and by name', async () => {
    for (const url of ['http://127.0.0.1:9000/', 'http://localhost:9000/', 'http://2130706433/']) {
      expect(await loopbackGuard.checkUrl(url)).toEqual({ kind: 'allowed' });
    }
    expect(await loopbackGuard.checkUrl('http://10.0.0.1/')).toMatchObject({ kind: 'refused' });
  });

  test('never repeats user info in a refusal', async () => {
    const verdict = await guard.checkUrl('https://user:hunter2@agent.example.com/');
    expect(JSON.stringify(verdict)).not.toContain('hunter2');
  });
});

describe('lookup', () => {
  test('hands over all checked addresses, or the first', async () => {
    expect(await lookup('agent.example.com', { all: true })).toEqual([NAMES['agent.example.com']]);
    expect(await lookup('agent.example.com', {})).toEqual(['8.8.8.8', 4]);
    expect(await lookup('agent.example.com', { family: 6 })).toEqual(['2606:4700::1111', 6]);
  });

  test('fails for a name of a refused address', async () => {
    for (const name of ['rebound.example.com', 'mixed.example.com', 'localhost']) {
      await expect(lookup(name, { all: true })).rejects.toThrow(EgressBlockedError);
    }
  });

  test('hands over only what the operator allowed of a name with refused addresses', async () => {
    expect(await lookup('localhost', { all: true }, loopbackGuard)).toEqual([[v4('127.0.0.1')]]);
  });
});

describe('egressConfig', () => {
  test('reads a list of CIDRs', () => {
    const env = { CALSETA_EGRESS_ALLOW: '127.0.0.0/8, ::1,' };
    expect(loadConfig(egressConfig, env).CALSETA_EGRESS_ALLOW).toEqual(['127.0.0.0/8', '::1']);
    expect(loadConfig(egressConfig, {}).CALSETA_EGRESS_ALLOW).toEqual([]);
  });

  test('refuses what is no CIDR', () => {
    expect(() => loadConfig(egressConfig, { CALSETA_EGRESS_ALLOW: 'localhost' })).toThrow(/CIDRs/);
  });

  test('reads a list of DNS servers', () => {
    const env = { EGRESS_DNS_SERVERS: '10.0.0.53, 10.0.0.54:5353,[fd00::53]:5353' };
    expect(loadConfig(egressConfig, env).EGRESS_DNS_SERVERS).toEqual([
      '10.0.0.53',
      '10.0.0.54:5353',
      '[fd00::53]:5353',
    ]);
    expect(loadConfig(egressConfig, {}).EGRESS_DNS_SERVERS).toEqual([]);
  });

  test.each(['dns.example.com', '10.0.0.53:dns', '10.0.0.53 10.0.0.54', '300.0.0.1'])(
    'refuses %j as a DNS server',
    (servers) => {
      expect(() => loadConfig(egressConfig, { EGRESS_DNS_SERVERS: servers })).toThrow(
        /addresses of DNS servers/,
      );
    },
  );
});
