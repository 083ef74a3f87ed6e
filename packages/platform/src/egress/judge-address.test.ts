import { describe, expect, test } from '@jest/globals';
import { judgeAddress, parseCidr } from './judge-address.js';

const cidrs = (...texts: string[]) => texts.map((text) => parseCidr(text)!);

describe('judgeAddress', () => {
  test.each([
    ['8.8.8.8'],
    ['1.1.1.1'],
    ['172.32.0.1'],
    ['2606:4700::1111'],
    ['::ffff:8.8.8.8'],
    ['64:ff9b::808:808'],
  ])('lets calls to %s pass', (address) => {
    expect(judgeAddress(address, [])).toEqual({ kind: 'public' });
  });

  test.each([
    ['unspecified', '0.0.0.0'],
    ['unspecified, IPv6', '::'],
    ['loopback', '127.0.0.1'],
    ['loopback, not .1', '127.255.255.254'],
    ['loopback, IPv6', '::1'],
    ['private 10/8', '10.0.0.1'],
    ['private 172.16/12', '172.31.255.255'],
    ['private 192.168/16', '192.168.1.1'],
    ['link-local and metadata', '169.254.169.254'],
    ['ECS metadata', '169.254.170.2'],
    ['link-local, IPv6', 'fe80::1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['Alibaba metadata', '100.100.100.200'],
    ['Oracle metadata', '192.0.0.192'],
    ['Azure WireServer', '168.63.129.16'],
    ['EC2 metadata, IPv6', 'fd00:ec2::254'],
    ['unique local', 'fc00::1'],
    ['site-local', 'fec0::1'],
    ['multicast', '224.0.0.1'],
    ['multicast, IPv6', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['benchmarking', '198.18.0.1'],
    ['documentation', '203.0.113.1'],
    ['documentation, IPv6', '2001:db8::1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped loopback in hex', '::ffff:7f00:1'],
    ['IPv4-compatible loopback', '::7f00:1'],
    ['IPv4-translated loopback', '::ffff:0:7f00:1'],
    ['NAT64 of a private address', '64:ff9b::a00:1'],
    ['local-use NAT64', '64:ff9b:1::808:808'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['Teredo', '2001:0:4136:e378::1'],
    ['unassigned', '4000::1'],
    ['not an address', 'localhost'],
  ])('refuses %s: %s', (_name, address) => {
    expect(judgeAddress(address, [])).toMatchObject({ kind: 'refused' });
  });

  test('lets the operator vouch for a network, in whatever form its addresses come', () => {
    const allowed = cidrs('127.0.0.0/8', '10.1.0.0/16', '192.168.7.7');
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '10.1.255.255', '192.168.7.7']) {
      expect(judgeAddress(address, allowed)).toEqual({ kind: 'allowed' });
    }
    for (const address of ['10.2.0.0', '192.168.7.8', '::1', '169.254.169.254']) {
      expect(judgeAddress(address, allowed)).toMatchObject({ kind: 'refused' });
    }
  });

  test('says why', () => {
    expect(judgeAddress('100.64.0.1', [])).toEqual({
      kind: 'refused',
      reason: 'it is carrier grade nat',
    });
  });
});

describe('parseCidr', () => {
  test.each(['', 'loopback', '127.0.0.0/33', '10.0.0.0/-1', '::/129'])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
