import { alertsApiProcessConfig } from '@calseta/alerts-api';
import { dispatcherProcessConfig } from '@calseta/dispatcher';
import { enricherProcessConfig } from '@calseta/enricher';
import { extractorProcessConfig } from '@calseta/extractor';
import { ingestApiProcessConfig } from '@calseta/ingest-api';
import { baseConfig, type ConfigShape, renderConfigTable } from '@calseta/platform';
import { standaloneConfig } from '../config.js';
import { renderChartVariables } from './chart-variables.js';
import { renderEnvFile } from './env-file.js';
import { renderTopologyPage } from './topology-page.js';
import { replaceGenerated } from './replace-generated.js';
import { renderVariableNames } from './variable-names.js';

export type GeneratedDoc = {
  /** From the root of the repository. */
  path: string;
  /** Returns the whole text, given the current one. */
  render: (current: string) => string;
};

const SERVICES: Record<string, ConfigShape> = {
  'ingest-api': ingestApiProcessConfig,
  extractor: extractorProcessConfig,
  enricher: enricherProcessConfig,
  dispatcher: dispatcherProcessConfig,
  'alerts-api': alertsApiProcessConfig,
};

/** Variables that a user of `npm start` may want to set. */
const TO_START_WITH = [
  'HTTP_PORT',
  'HTTP_HOST',
  'CALSETA_DATA_DIR',
  'CALSETA_BOOTSTRAP_API_KEY',
  'CALSETA_DEMO',
  'CALSETA_ENCRYPTION_KEY',
  'CALSETA_EGRESS_ALLOW',
  'CALSETA_PUBLIC_URL',
  'DATABASE_URL',
  'AMQP_URL',
] as const satisfies (keyof typeof standaloneConfig | keyof typeof baseConfig)[];

const ofStandalone: ConfigShape = { ...baseConfig, ...standaloneConfig };

/** Documents, or parts of them, that are generated from the schemas and the pipeline. */
export const generatedDocs: GeneratedDoc[] = [
  { path: '.env.example', render: () => renderEnvFile(SERVICES, ofStandalone) },
  {
    path: 'packages/common/src/core/variable-names.ts',
    render: () => renderVariableNames([...Object.values(SERVICES), ofStandalone]),
  },
  {
    path: 'deploy/helm/calseta/values.schema.json',
    render: (current) => renderChartVariables(current, [baseConfig, ...Object.values(SERVICES)]),
  },
  { path: 'docs/topology.md', render: renderTopologyPage },
  tableIn('README.md', pick(ofStandalone, TO_START_WITH)),
  tableIn('services/standalone/README.md', ofStandalone),
  ...Object.entries(SERVICES).map(([name, shape]) =>
    tableIn(`services/${name}/README.md`, { ...shape, ...baseConfig }),
  ),
];

function tableIn(path: string, shape: ConfigShape): GeneratedDoc {
  return { path, render: (current) => replaceGenerated(current, renderConfigTable(shape)) };
}

function pick(shape: ConfigShape, names: readonly string[]): ConfigShape {
  return Object.fromEntries(names.flatMap((name) => (shape[name] ? [[name, shape[name]]] : [])));
}
