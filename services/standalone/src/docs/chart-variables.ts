import { type ConfigShape, Secret } from '@calseta/platform';

/** Variables that the Helm chart sets itself, from values of their own. */
const SET_BY_CHART = new Set([
  'AMQP_CA_FILE',
  'AMQP_CERT_FILE',
  'AMQP_KEY_FILE',
  'AMQP_URL',
  'CALSETA_BOOTSTRAP_API_KEY',
  'CALSETA_EGRESS_CA_FILE',
  'CALSETA_EGRESS_PROXY',
  'CALSETA_ENCRYPTION_KEY',
  'CALSETA_PUBLIC_URL',
  'CALSETA_SLACK_SIGNING_SECRET',
  'DATABASE_CA_FILE',
  'DATABASE_CERT_FILE',
  'DATABASE_KEY_FILE',
  'DATABASE_POOL_SIZE',
  'DATABASE_URL',
  'HTTP_HOST',
  'HTTP_PORT',
  'HTTP_TRUSTED_PROXY_HOPS',
  'NODE_ENV',
  'SHUTDOWN_DEADLINE_MS',
  'SHUTDOWN_UNREADY_MS',
  'THREAT_LISTS_DIR',
]);

/** Read by Node and by OpenTelemetry, not by our schemas. */
const OF_OTHERS = [
  'NODE_OPTIONS',
  'OTEL_BSP_EXPORT_TIMEOUT',
  'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
  'OTEL_BSP_MAX_QUEUE_SIZE',
  'OTEL_BSP_SCHEDULE_DELAY',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
];

/** Long enough for every variable that is a text. */
const SAMPLE = 'x'.repeat(64);

/** The lists of names in the schema. */
const PLACES = {
  config: /(^ {4}"config": \{[^\]]*"enum": \[)[^\]]*(\])/m,
  credentials: /(^ {4}"credentials": \{[^\]]*"enum": \[)[^\]]*(\])/m,
};

/** Writes the names of the variables that values of the Helm chart may set into its schema. */
export function renderChartVariables(schema: string, shapes: readonly ConfigShape[]): string {
  const variables = Object.entries(Object.assign({}, ...shapes) as ConfigShape).filter(
    ([name]) => !SET_BY_CHART.has(name),
  );
  const isSecret = ([, type]: (typeof variables)[number]) =>
    type.safeParse(SAMPLE).data instanceof Secret;
  const namesOf = (some: typeof variables) => some.map(([name]) => name).sort();
  const config = [...namesOf(variables.filter((one) => !isSecret(one))), ...OF_OTHERS].sort();
  const credentials = namesOf(variables.filter(isSecret));
  return writeNames(writeNames(schema, 'config', config), 'credentials', credentials);
}

function writeNames(
  schema: string,
  definition: keyof typeof PLACES,
  names: readonly string[],
): string {
  const list = names.map((name) => `          "${name}"`).join(',\n');
  if (!PLACES[definition].test(schema)) {
    throw new Error(`The schema of the chart has no names of ${definition}.`);
  }
  return schema.replace(PLACES[definition], `$1\n${list}\n        $2`);
}
