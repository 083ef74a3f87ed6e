import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, loadConfig } from './load-config.js';
import { describeConfig, renderConfigTable, renderEnvExample } from './describe-config.js';
import { Secret } from './secret.js';
import { baseConfig, secretText } from './shapes.js';

const shape = {
  DATABASE_URL: secretText().describe('Where the database is.'),
  POOL_SIZE: z.coerce.number().int().min(1).default(10).describe('Connections at most.'),
  NOTE: z.string().optional().describe('Free text | with a bar.'),
};

describe('loadConfig', () => {
  test('reads values, applies defaults and wraps secrets', () => {
    const config = loadConfig(shape, { DATABASE_URL: 'postgres://u:p@h/d', OTHER: 'x' });
    expect(config.DATABASE_URL.reveal()).toBe('postgres://u:p@h/d');
    expect(config).toMatchObject({ POOL_SIZE: 10 });
    expect(config).not.toHaveProperty('OTHER');
  });

  test.each(['', ' ', '\t'])('takes %j for a variable that is not set', (empty) => {
    const config = loadConfig(shape, { DATABASE_URL: 'x', POOL_SIZE: empty, NOTE: empty });
    expect(config.POOL_SIZE).toBe(10);
    expect(config).not.toHaveProperty('NOTE');
    expect(() => loadConfig(shape, { DATABASE_URL: empty })).toThrow(/DATABASE_URL: is required/);
  });

  test.each(['', ' ', ','])('takes %j for no entry of a list, whatever its default', (empty) => {
    const names = z.string().transform((text) =>
      text
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    );
    const lists = {
      LIST: names.default(['a']),
      SET: names.transform((list) => new Set(list)).default(new Set(['a'])),
    };
    expect(loadConfig(lists, { LIST: empty, SET: empty })).toEqual({ LIST: [], SET: new Set() });
    expect(loadConfig(lists, {})).toEqual({ LIST: ['a'], SET: new Set(['a']) });
  });

  test('reports all mistakes at once and quotes no value', () => {
    const load = () => loadConfig(shape, { POOL_SIZE: 'hunter2' });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/DATABASE_URL: is required[^]*POOL_SIZE: /);
    expect(load).not.toThrow(/hunter2/);
  });

  test.each([
    ['HTTP_PORT', '65536'],
    ['HTTP_PORT', '-1'],
    ['HTTP_MAX_CONNECTIONS', '0'],
    ['HTTP_HEADERS_TIMEOUT_MS', '99'],
    ['HTTP_TRUSTED_PROXY_HOPS', '11'],
    ['LOG_LEVEL', 'loud'],
    ['SHUTDOWN_DEADLINE_MS', '99'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => loadConfig(baseConfig, { [name]: value })).toThrow(new RegExp(`${name}: `));
  });
});

describe('related limits', () => {
  const shutdown = {
    ...baseConfig,
    DRAIN_MS: z.coerce
      .number()
      .max(600_000)
      .default(7_000)
      .meta({
        description: 'Time to drain.',
        lessThan: { variable: 'SHUTDOWN_DEADLINE_MS', with: 'SHUTDOWN_UNREADY_MS' },
      }),
  };
  const problemsOf = (env: NodeJS.ProcessEnv): string[] => {
    try {
      loadConfig(shutdown, env);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  };

  test.each([
    [{}, []],
    [{ DRAIN_MS: '9999', SHUTDOWN_DEADLINE_MS: '10000' }, []],
    [
      { DRAIN_MS: '10000', SHUTDOWN_DEADLINE_MS: '10000' },
      [
        'DRAIN_MS: 10000 and SHUTDOWN_UNREADY_MS (0) together must be less than SHUTDOWN_DEADLINE_MS (10000)',
      ],
    ],
    [
      // The drain time is a default.
      { SHUTDOWN_UNREADY_MS: '3000', SHUTDOWN_DEADLINE_MS: '10000' },
      [
        'DRAIN_MS: 7000 and SHUTDOWN_UNREADY_MS (3000) together must be less than SHUTDOWN_DEADLINE_MS (10000)',
      ],
    ],
    [{ HTTP_HEADERS_TIMEOUT_MS: '30000', HTTP_REQUEST_TIMEOUT_MS: '30000' }, []],
    [
      { HTTP_HEADERS_TIMEOUT_MS: '30001' },
      ['HTTP_HEADERS_TIMEOUT_MS: 30001 must not be more than HTTP_REQUEST_TIMEOUT_MS (30000)'],
    ],
  ])('of %j are checked together', (env, problems) => {
    expect(problemsOf(env)).toEqual(problems);
  });

  test('are reported with everything else that is wrong', () => {
    const problems = problemsOf({
      HTTP_PORT: 'x',
      DRAIN_MS: '20000',
      HTTP_HEADERS_TIMEOUT_MS: '40000',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'HTTP_PORT',
      'HTTP_HEADERS_TIMEOUT_MS',
      'DRAIN_MS',
    ]);
  });

  test('are not judged by a value that is not valid itself', () => {
    expect(problemsOf({ SHUTDOWN_DEADLINE_MS: '5', DRAIN_MS: '20000' })).toEqual([
      expect.stringMatching(/^SHUTDOWN_DEADLINE_MS: /),
    ]);
  });

  test('stand in the descriptions', () => {
    const described = describeConfig(shutdown);
    const of = (name: string) => described.find((one) => one.name === name)?.description;
    expect(of('DRAIN_MS')).toBe(
      'Time to drain. Together with SHUTDOWN_UNREADY_MS: less than SHUTDOWN_DEADLINE_MS.',
    );
    expect(of('HTTP_HEADERS_TIMEOUT_MS')).toMatch(/ Not more than HTTP_REQUEST_TIMEOUT_MS\.$/);
  });
});

describe('Secret', () => {
  test('prints itself nowhere', () => {
    const secret = new Secret('hunter2');
    expect(`${String(secret)} ${JSON.stringify({ secret })}`).toBe(
      '[redacted] {"secret":"[redacted]"}',
    );
    expect(Object.values(secret)).toEqual([]);
  });
});

describe('describeConfig', () => {
  test('tells what is required, what is optional and what the defaults are', () => {
    expect(describeConfig(shape)).toMatchObject([
      { name: 'DATABASE_URL', isRequired: true, defaultText: undefined },
      { name: 'POOL_SIZE', isRequired: false, defaultText: '10' },
      { name: 'NOTE', isRequired: false, defaultText: undefined },
    ]);
  });

  test('renders a table and an environment file', () => {
    expect(renderConfigTable(shape)).toContain('| `POOL_SIZE` | `10` | Connections at most. |');
    expect(renderConfigTable(shape)).toContain('Free text \\| with a bar.');
    expect(renderEnvExample(shape)).toContain('# Where the database is.\nDATABASE_URL=\n');
    expect(renderEnvExample(shape)).toContain('# POOL_SIZE=10\n');
  });

  test('refuses a variable that nobody described', () => {
    expect(() => describeConfig({ SECRETIVE: z.string() })).toThrow(/SECRETIVE/);
  });
});
