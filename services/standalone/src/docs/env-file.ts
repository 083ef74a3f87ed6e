import { baseConfig, type ConfigShape, renderEnvExample } from '@calseta/platform';
import { z } from 'zod';

const HEADING = `# Every variable there is, with its default. docker compose reads a copy of it called \`.env\`, and sets the
# addresses of its servers and services itself; \`npm start\` and \`npm run cluster\` read their environment alone.
# One that is set but empty counts as not set; a list that is set but empty is an empty list.
# A name that is none of these, and looks like one, is named in the log at start.
# Made by \`npm run docs\` from the schemas.
`;

const password = z
  .string()
  .default('calseta')
  .describe('Of the server that docker compose starts; becomes part of a URL: letters and digits.');

/** Variables that only docker compose and the cluster read. */
export const DEPLOYMENT_VARIABLES = {
  POSTGRES_PASSWORD: password,
  RABBITMQ_PASSWORD: password,
  CALSETA_REPLICAS: z
    .string()
    .optional()
    .describe(
      'Processes of a service that `npm run cluster` starts, where not one: extractor=2,enricher=3',
    ),
} as const;

/** Renders an environment file that lists each variable once, under its reader. */
export function renderEnvFile(
  services: Readonly<Record<string, ConfigShape>>,
  standalone: ConfigShape,
): string {
  const shapes = Object.values(services);
  const readers = new Map<string, string[]>();
  for (const [service, shape] of Object.entries(services)) {
    for (const name of Object.keys(shape)) {
      readers.set(name, [...(readers.get(name) ?? []), service]);
    }
  }
  const ofServices = Object.assign({}, ...shapes) as ConfigShape;
  const sections = new Map<string, ConfigShape>([['every process', baseConfig]]);
  const add = (title: string, name: string, schema: ConfigShape[string]) => {
    sections.set(title, { ...sections.get(title), [name]: schema });
  };
  for (const [name, schema] of Object.entries(ofServices)) {
    const by = readers.get(name) ?? [];
    add(by.length === shapes.length ? 'every service' : by.join(', '), name, schema);
  }
  for (const [name, schema] of Object.entries(standalone)) {
    if (!(name in ofServices) && !(name in baseConfig)) add('npm start', name, schema);
  }
  const blocks = [
    ['docker compose, npm run cluster', DEPLOYMENT_VARIABLES] as const,
    ...sections,
  ].map(([title, shape]) => `# --- ${title} ---\n\n${renderEnvExample(shape)}`);
  return [HEADING, ...blocks].join('\n');
}
