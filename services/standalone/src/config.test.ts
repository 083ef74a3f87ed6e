import { alertsApiProcessConfig } from '@calseta/alerts-api';
import { dispatcherProcessConfig } from '@calseta/dispatcher';
import { enricherProcessConfig } from '@calseta/enricher';
import { extractorProcessConfig } from '@calseta/extractor';
import { ingestApiProcessConfig } from '@calseta/ingest-api';
import { baseConfig, type ConfigShape, loadConfig } from '@calseta/platform';
import { describe, expect, test } from '@jest/globals';
import { standaloneConfig } from './config.js';

const MODES: Record<string, ConfigShape> = {
  standalone: { ...baseConfig, ...standaloneConfig },
  'ingest-api': { ...baseConfig, ...ingestApiProcessConfig },
  extractor: { ...baseConfig, ...extractorProcessConfig },
  enricher: { ...baseConfig, ...enricherProcessConfig },
  dispatcher: { ...baseConfig, ...dispatcherProcessConfig },
  'alerts-api': { ...baseConfig, ...alertsApiProcessConfig },
};

/** For these lists an empty value has its own meaning. Every other empty variable counts as not set. */
const EMPTY_MEANS_NONE = [
  'CALSETA_ALLOWED_HOSTS',
  'CALSETA_EGRESS_ALLOW',
  'CALSETA_OWN_DOMAINS',
  'EGRESS_DNS_SERVERS',
];

const VARIABLES = Object.entries(MODES).flatMap(([mode, shape]) =>
  Object.entries(shape).map(([name, schema]) => ({ mode, name, schema })),
);

/** The value of the variable, or the error about it. */
function read(name: string, schema: ConfigShape[string], env: NodeJS.ProcessEnv): unknown {
  try {
    const value = loadConfig({ [name]: schema }, env)[name];
    return value instanceof Set ? [...value] : value;
  } catch (error) {
    return String(error);
  }
}

describe('a variable that is set but empty', () => {
  test.each(VARIABLES.filter(({ name }) => EMPTY_MEANS_NONE.includes(name)))(
    'means none: $name of $mode',
    ({ name, schema }) => {
      expect(read(name, schema, { [name]: '' })).toEqual([]);
    },
  );

  test.each(VARIABLES.filter(({ name }) => !EMPTY_MEANS_NONE.includes(name)))(
    'counts as not set: $name of $mode',
    ({ name, schema }) => {
      expect(read(name, schema, { [name]: '' })).toEqual(read(name, schema, {}));
      expect(read(name, schema, {})).not.toEqual([]);
    },
  );

  test('is documented where it means something else than not set', () => {
    const other = VARIABLES.filter(
      ({ name, schema }) =>
        JSON.stringify(read(name, schema, { [name]: '' })) !==
        JSON.stringify(read(name, schema, {})),
    );
    expect(other.map(({ mode, name }) => [mode, name])).toEqual([
      ['standalone', 'CALSETA_EGRESS_ALLOW'],
    ]);
    for (const { schema } of other) expect(schema.description).toContain('set but empty');
  });
});
