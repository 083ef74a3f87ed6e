import { describe, expect, test } from '@jest/globals';
import { candidatesOf, parseSearchList } from './search-list.js';

/** The resolv.conf of a Kubernetes pod. */
const OF_A_POD = `search calseta.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
`;

describe('parseSearchList', () => {
  test.each([
    ['', [], 1],
    ['nameserver 10.0.0.1', [], 1],
    ['search example.com corp.example.com.', ['example.com', 'corp.example.com'], 1],
    ['domain example.com ignored.example', ['example.com'], 1],
    ['search a.example\ndomain b.example', ['b.example'], 1],
    ['search a.example ; and more\n# search b.example', ['a.example'], 1],
    ['search .', [], 1],
    ['options rotate ndots:2 timeout:1', [], 2],
    ['options ndots:99', [], 15],
    ['options ndots:x', [], 1],
  ])('reads %j', (text, domains, ndots) => {
    expect(parseSearchList(text)).toEqual({ domains, ndots });
  });

  test('takes 32 domains and no more', () => {
    const domains = Array.from({ length: 33 }, (_, index) => `d${index}.example`);
    expect(parseSearchList(`search ${domains.join(' ')}`).domains).toEqual(domains.slice(0, 32));
  });
});

describe('candidatesOf', () => {
  const pod = parseSearchList(OF_A_POD);

  test('completes a short name first', () => {
    expect(candidatesOf('agent', pod)).toEqual([
      'agent.calseta.svc.cluster.local',
      'agent.svc.cluster.local',
      'agent.cluster.local',
      'agent',
    ]);
    expect(candidatesOf('agent.other.svc', pod)[1]).toBe('agent.other.svc.svc.cluster.local');
  });

  test('asks for a name of as many dots as ndots as it is first', () => {
    expect(candidatesOf('a.b.c.d.e.example', pod)[0]).toBe('a.b.c.d.e.example');
    expect(candidatesOf('agent.example', { domains: ['corp'], ndots: 1 })).toEqual([
      'agent.example',
      'agent.example.corp',
    ]);
  });

  test('completes no name that ends with a dot', () => {
    expect(candidatesOf('agent.', pod)).toEqual(['agent']);
  });

  test('without a search list a name stands for itself', () => {
    expect(candidatesOf('agent', parseSearchList(''))).toEqual(['agent']);
  });
});
