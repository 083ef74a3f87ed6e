import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNameResolver, type LookupOutcome, type ResolverLimits } from '@calseta/platform';
import { type DnsReply, type DnsServer, eventually, startDnsServer } from '@calseta/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

/** Longer than anything here takes without waiting for a time-out. */
const MUCH_LATER_MS = 20_000;

let dns: DnsServer;
let dir: string;
let closers: (() => void)[];
let outcomes: LookupOutcome[];

beforeEach(async () => {
  dns = await startDnsServer();
  dir = await mkdtemp(join(tmpdir(), 'calseta-names-'));
  closers = [];
  outcomes = [];
});
afterEach(async () => {
  for (const close of closers) close();
  await dns[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const hostsPath = () => join(dir, 'hosts');
const resolvConfPath = () => join(dir, 'resolv.conf');

function aResolver(limits: Partial<ResolverLimits> = {}) {
  const resolver = createNameResolver({
    servers: [dns.address],
    hostsPath: hostsPath(),
    resolvConfPath: resolvConfPath(),
    onLookup: (outcome) => outcomes.push(outcome),
    limits: { lookupTimeoutMs: MUCH_LATER_MS, reloadMs: 0, ...limits },
  });
  closers.push(resolver.close);
  return resolver;
}

/** Replies by name; other names do not exist. */
const answer = (replies: Record<string, DnsReply>) =>
  dns.respondWith(({ name }) => replies[name] ?? { failure: 'NXDOMAIN' });

const v4 = (address: string) => ({ address, family: 4 });
const v6 = (address: string) => ({ address, family: 6 });
const failsWith = (code: string) => expect.objectContaining({ name: 'NameError', code });
const namesAsked = () => dns.questions.filter(({ type }) => type === 'A').map(({ name }) => name);

describe('what DNS says', () => {
  test('is the addresses of both families, IPv4 first', async () => {
    answer({ 'agent.example': { addresses: ['2001:db8::1', '192.0.2.1', '192.0.2.2'] } });
    expect(await aResolver().resolve('agent.example')).toEqual([
      v4('192.0.2.1'),
      v4('192.0.2.2'),
      v6('2001:db8::1'),
    ]);
    expect(outcomes).toEqual(['found']);
  });

  test.each([
    ['IPv4', '192.0.2.1', v4('192.0.2.1')],
    ['IPv6', '2001:db8::1', v6('2001:db8::1')],
  ])('may be an address of %s alone', async (_family, address, expected) => {
    answer({ 'agent.example': { addresses: [address] } });
    expect(await aResolver().resolve('agent.example')).toEqual([expected]);
  });

  test('does not wait for the family that is not answered for', async () => {
    dns.respondWith(({ type }) => ({ addresses: ['192.0.2.1'], isSilent: type === 'AAAA' }));
    expect(await aResolver().resolve('agent.example')).toEqual([v4('192.0.2.1')]);
  });

  test('may come late', async () => {
    answer({ 'agent.example': { addresses: ['192.0.2.1'], delayMs: 300 } });
    expect(await aResolver().resolve('agent.example')).toEqual([v4('192.0.2.1')]);
  });

  test('is asked for again when the first question was lost', async () => {
    dns.respondWith((_question, index) => ({ addresses: ['192.0.2.1'], isSilent: index === 0 }));
    expect(await aResolver().resolve('agent.example')).toEqual([v4('192.0.2.1')]);
    expect(namesAsked()).toEqual(['agent.example', 'agent.example']);
  });

  test('may lead over aliases', async () => {
    const aliases = [
      ['agent.example', 'a.example'],
      ['a.example', 'b.example'],
    ] as const;
    answer({ 'agent.example': { aliases, addresses: ['192.0.2.1'] } });
    expect(await aResolver().resolve('agent.example')).toEqual([v4('192.0.2.1')]);
  });

  test('holds 32 addresses of a family and no more', async () => {
    const addresses = Array.from({ length: 33 }, (_, index) => `192.0.2.${index}`);
    answer({ 'agent.example': { addresses } });
    expect(await aResolver().resolve('agent.example')).toHaveLength(32);
  });
});

describe('a name without an address', () => {
  test.each<[string, DnsReply, string, LookupOutcome]>([
    ['that does not exist', { failure: 'NXDOMAIN' }, 'ENOTFOUND', 'not_found'],
    ['that has no addresses', {}, 'ENOTFOUND', 'not_found'],
    [
      'whose aliases go in a circle',
      {
        aliases: [
          ['agent.example', 'a.example'],
          ['a.example', 'agent.example'],
        ],
      },
      'ENOTFOUND',
      'not_found',
    ],
    ['whose server fails', { failure: 'SERVFAIL' }, 'EAI_AGAIN', 'failed'],
    ['whose server refuses', { failure: 'REFUSED' }, 'EAI_AGAIN', 'failed'],
  ])('%s is told apart', async (_what, reply, code, outcome) => {
    answer({ 'agent.example': reply });
    await expect(aResolver().resolve('agent.example')).rejects.toThrow(failsWith(code));
    expect(outcomes).toEqual([outcome]);
  });

  test.each<[string, DnsReply]>([
    ['never answers', { isSilent: true }],
    ['answers too late', { addresses: ['192.0.2.1'], delayMs: MUCH_LATER_MS }],
  ])('because its server %s, is given up in time', async (_what, reply) => {
    answer({ 'agent.example': reply });
    const startedAt = performance.now();
    await expect(aResolver({ lookupTimeoutMs: 200 }).resolve('agent.example')).rejects.toThrow(
      failsWith('EAI_AGAIN'),
    );
    expect(performance.now() - startedAt).toBeLessThan(MUCH_LATER_MS / 2);
    expect(outcomes).toEqual(['failed']);
  });

  test('is one that no DNS may have', async () => {
    const tooLong = `${'a'.repeat(64)}.example`;
    await expect(aResolver().resolve(tooLong)).rejects.toThrow(failsWith('ENOTFOUND'));
  });
});

describe('what is kept', () => {
  test('is asked for once by all who ask at the same time, in whatever letter case', async () => {
    answer({ 'agent.example': { addresses: ['192.0.2.1'], ttlSeconds: 0, delayMs: 50 } });
    const resolver = aResolver();
    const names = ['agent.example', 'AGENT.example', 'agent.Example'];
    await Promise.all(names.map(async (name) => await resolver.resolve(name)));
    expect(namesAsked()).toEqual(['agent.example']);
  });

  test('are addresses, no longer than their TTL and our limit', async () => {
    answer({
      'long.example': { addresses: ['192.0.2.1'], ttlSeconds: 3_600 },
      'none.example': { addresses: ['192.0.2.1'], ttlSeconds: 0 },
    });
    const resolver = aResolver();
    const brief = aResolver({ maxKnownMs: 0 });
    for (const by of [resolver, resolver, brief, brief]) await by.resolve('long.example');
    expect(namesAsked()).toHaveLength(3);
    for (const by of [resolver, resolver]) await by.resolve('none.example');
    expect(namesAsked()).toHaveLength(5);
  });

  test.each<[string, DnsReply]>([
    ['do not exist', { failure: 'NXDOMAIN' }],
    ['could not be learnt', { failure: 'REFUSED' }],
  ])('are names that %s, for a while', async (_what, reply) => {
    answer({ 'agent.example': reply });
    const resolver = aResolver({ unknownMs: 1_000 });
    const ask = async () => await resolver.resolve('agent.example').catch(() => undefined);
    await ask();
    const { length } = dns.questions;
    await ask();
    expect(dns.questions).toHaveLength(length);
    answer({ 'agent.example': { addresses: ['192.0.2.1'] } });
    await eventually(async () => expect(await ask()).toEqual([v4('192.0.2.1')]));
  });

  test('are so many names and no more', async () => {
    dns.respondWith(() => ({ addresses: ['192.0.2.1'] }));
    const resolver = aResolver({ maxNames: 2 });
    const ask = async (...names: string[]) => {
      for (const name of names) await resolver.resolve(name);
    };
    await ask('a.example', 'b.example', 'a.example', 'b.example');
    expect(namesAsked()).toEqual(['a.example', 'b.example']);
    await ask('c.example', 'a.example');
    expect(namesAsked()).toEqual(['a.example', 'b.example', 'c.example', 'a.example']);
  });
});

describe('names that DNS is not asked for', () => {
  test('stand in the hosts file, as it is now', async () => {
    await writeFile(hostsPath(), '10.0.0.7 agent agent.example\n::1 localhost\n');
    const resolver = aResolver();
    expect(await resolver.resolve('Agent.example.')).toEqual([v4('10.0.0.7')]);
    expect(await resolver.resolve('localhost')).toEqual([v6('::1')]);
    await writeFile(hostsPath(), '10.0.0.8 agent agent.example\n');
    expect(await resolver.resolve('agent')).toEqual([v4('10.0.0.8')]);
    await rm(hostsPath());
    await expect(resolver.resolve('agent')).rejects.toThrow(failsWith('ENOTFOUND'));
    expect(namesAsked()).toEqual(['agent']);
  });

  test.each(['localhost', 'agent.localhost', 'LOCALHOST.'])('%s is this machine', async (name) => {
    expect(await aResolver().resolve(name)).toEqual([v4('127.0.0.1'), v6('::1')]);
    expect(dns.questions).toEqual([]);
  });

  test.each([
    ['192.0.2.1', v4('192.0.2.1')],
    ['192.0.2.1.', v4('192.0.2.1')],
    ['2001:db8::1', v6('2001:db8::1')],
  ])('%s is an address', async (name, expected) => {
    expect(await aResolver().resolve(name)).toEqual([expected]);
    expect(dns.questions).toEqual([]);
  });
});

describe('the search list', () => {
  const POD = 'search calseta.svc.cluster.local svc.cluster.local\noptions ndots:5\n';

  test('completes the short names of Kubernetes', async () => {
    await writeFile(resolvConfPath(), POD);
    answer({ 'agent.other.svc.cluster.local': { addresses: ['10.96.0.7'] } });
    expect(await aResolver().resolve('agent.other')).toEqual([v4('10.96.0.7')]);
    expect(namesAsked()).toEqual([
      'agent.other.calseta.svc.cluster.local',
      'agent.other.svc.cluster.local',
    ]);
  });

  test('comes before the name itself, which is found all the same', async () => {
    await writeFile(resolvConfPath(), POD);
    answer({
      'agent.example': { addresses: ['192.0.2.1'] },
      'agent.example.svc.cluster.local': { failure: 'SERVFAIL' },
    });
    expect(await aResolver().resolve('agent.example')).toEqual([v4('192.0.2.1')]);
  });

  test('completes nothing that ends with a dot', async () => {
    await writeFile(resolvConfPath(), POD);
    await expect(aResolver().resolve('agent.example.')).rejects.toThrow(failsWith('ENOTFOUND'));
    expect(namesAsked()).toEqual(['agent.example']);
  });

  test('is not followed past a server that is silent', async () => {
    await writeFile(resolvConfPath(), 'search corp.example\noptions ndots:1\n');
    answer({ 'agent.corp.example': { isSilent: true }, agent: { addresses: ['192.0.2.1'] } });
    const resolver = aResolver({ lookupTimeoutMs: 200 });
    await expect(resolver.resolve('agent')).rejects.toThrow(failsWith('EAI_AGAIN'));
    expect(namesAsked()).toEqual(['agent.corp.example']);
  });
});

describe('names whose server does not answer', () => {
  const isDead = (name: string) => name.startsWith('dead');
  beforeEach(() =>
    dns.respondWith(({ name }) => ({ addresses: ['192.0.2.1'], isSilent: isDead(name) })),
  );
  const dead = (count: number) => Array.from({ length: count }, (_, at) => `dead${at}.example`);
  const deadAsked = () => namesAsked().filter(isDead).length;

  test('hold up no other name', async () => {
    const resolver = aResolver();
    let settled = 0;
    const asked = dead(100).map(
      async (name) => await resolver.resolve(name).catch(() => (settled += 1)),
    );
    await eventually(() => expect(deadAsked()).toBeGreaterThanOrEqual(100));
    for (let at = 0; at < 20; at += 1) await resolver.resolve(`good${at}.example`);
    expect(settled).toBe(0);
    resolver.close();
    await Promise.all(asked);
  });

  test('are asked for once, however many ask', async () => {
    const resolver = aResolver({ lookupTimeoutMs: 300 });
    const ask = async () => await resolver.resolve('dead.example').catch(() => undefined);
    await Promise.all(Array.from({ length: 50 }, ask));
    expect(namesAsked()).toEqual(['dead.example']);
  });

  test('take a part of the places only when they are asked for again', async () => {
    const resolver = aResolver({ maxLookups: 3, maxSuspectLookups: 2, unknownMs: 0 });
    const askAll = () =>
      dead(3).map(async (name) => await resolver.resolve(name).catch(() => undefined));
    dns.respondWith(() => ({ failure: 'REFUSED' }));
    await Promise.all(askAll());
    dns.questions.splice(0);
    dns.respondWith(({ name }) => ({ addresses: ['192.0.2.1'], isSilent: isDead(name) }));
    const again = askAll();
    const underWay = () => new Set(namesAsked().filter(isDead)).size;
    await eventually(() => expect(underWay()).toBe(2));
    expect(await resolver.resolve('good.example')).toEqual([v4('192.0.2.1')]);
    expect(underWay()).toBe(2);
    resolver.close();
    await Promise.all(again);
  });

  test('are refused beyond all places, at once, and not held against them', async () => {
    const resolver = aResolver({ maxLookups: 1, maxNames: 1 });
    const [running = '', waiting = '', refused = ''] = dead(3);
    const pending = [running, waiting].map(
      async (name) => await resolver.resolve(name).catch(() => undefined),
    );
    await eventually(() => expect(deadAsked()).toBeGreaterThanOrEqual(1));
    await expect(resolver.resolve(refused)).rejects.toThrow('EBUSY');
    expect(outcomes).toEqual(['refused']);
    resolver.close();
    await Promise.all(pending);
    dns.respondWith(() => ({ addresses: ['192.0.2.1'] }));
    expect(await resolver.resolve(refused)).toEqual([v4('192.0.2.1')]);
  });

  test('are given up when the resolver is closed', async () => {
    const resolver = aResolver();
    const asked = resolver.resolve('dead.example');
    await eventually(() => expect(deadAsked()).toBeGreaterThanOrEqual(1));
    resolver.close();
    await expect(asked).rejects.toThrow(failsWith('EAI_AGAIN'));
  });
});
