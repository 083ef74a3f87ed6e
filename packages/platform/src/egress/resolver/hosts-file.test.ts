import { describe, expect, test } from '@jest/globals';
import { parseHosts } from './hosts-file.js';

const v4 = (address: string) => ({ address, family: 4 });
const v6 = (address: string) => ({ address, family: 6 });

describe('parseHosts', () => {
  test('reads addresses and names, several lines for one name, and comments', () => {
    const hosts = parseHosts(
      [
        '# made by hand',
        '127.0.0.1\tlocalhost',
        '::1   localhost ip6-localhost # both',
        '10.0.0.7 Agent.Internal agent',
        '10.0.0.8 agent.internal',
        '10.0.0.7 agent.internal',
        '',
      ].join('\r\n'),
    );
    expect([...hosts]).toEqual([
      ['localhost', [v4('127.0.0.1'), v6('::1')]],
      ['ip6-localhost', [v6('::1')]],
      ['agent.internal', [v4('10.0.0.7'), v4('10.0.0.8')]],
      ['agent', [v4('10.0.0.7')]],
    ]);
  });

  test.each(['', 'agent 10.0.0.7', '10.0.0 agent', '#10.0.0.7 agent', '10.0.0.7'])(
    'finds nothing in %j',
    (text) => {
      expect(parseHosts(text).size).toBe(0);
    },
  );
});
