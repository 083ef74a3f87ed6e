import { describe, expect, test } from '@jest/globals';
import { MAX_MATCHES_PER_MAPPING } from './limits.js';
import { readPath } from './read-path.js';

const payload = {
  alert: { hosts: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2', nics: ['a', 'b'] }], 'rule.name': 'x' },
  'source.ip': '10.0.0.3',
  'a/b': { '~c': 1 },
};

describe('readPath', () => {
  test.each([
    ['alert.hosts[0].ip', [['/alert/hosts/0/ip', '10.0.0.1']]],
    ['alert.hosts.1.ip', [['/alert/hosts/1/ip', '10.0.0.2']]],
    [
      'alert.hosts[*].ip',
      [
        ['/alert/hosts/0/ip', '10.0.0.1'],
        ['/alert/hosts/1/ip', '10.0.0.2'],
      ],
    ],
    [
      'alert.hosts.ip',
      [
        ['/alert/hosts/0/ip', '10.0.0.1'],
        ['/alert/hosts/1/ip', '10.0.0.2'],
      ],
    ],
    ['alert.*[*].nics[1]', [['/alert/hosts/1/nics/1', 'b']]],
    ['source.ip', [['/source.ip', '10.0.0.3']]],
    ['alert.rule.name', [['/alert/rule.name', 'x']]],
    ['a/b.~c', [['/a~1b/~0c', 1]]],
    ['alert.missing', []],
    ['alert.hosts[7].ip', []],
    ['', []],
  ])('reads %j', (path, expected) => {
    expect(readPath(payload, path).map(({ pointer, value }) => [pointer, value])).toEqual(expected);
  });

  test('reads own keys only', () => {
    expect(readPath({}, '__proto__.constructor')).toEqual([]);
    expect(readPath(JSON.parse('{"__proto__": {"ip": "10.0.0.1"}}'), '__proto__.ip')).toHaveLength(
      1,
    );
  });

  test('stops at the most matches that a mapping may have', () => {
    const wide = { list: Array.from({ length: MAX_MATCHES_PER_MAPPING + 1 }, () => ({ ip: 'x' })) };
    expect(readPath(wide, 'list[*].ip')).toHaveLength(MAX_MATCHES_PER_MAPPING);
  });
});
