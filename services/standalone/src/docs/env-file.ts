import { baseConfig, type ConfigShape, renderEnvExample } from '@calseta/platform';

const HEADING = `# Every variable there is, with its default. docker compose reads a copy of it called \`.env\`, and sets the
# addresses of its servers and services itself; \`npm start\` and \`npm run cluster\` read their environment alone.
# One that is set but empty counts as not set; a list that is set but empty is an empty list.
# Made by \`npm run docs\` from the schemas.

# Passwords of the servers that docker compose starts; they become part of URLs: letters and digits.
# POSTGRES_PASSWORD=calseta
# RABBITMQ_PASSWORD=calseta

# Processes of a service that \`npm run cluster\` starts, where not one: extractor=2,enricher=3
# CALSETA_REPLICAS=
`;

/** An environment file that names each variable once, under who reads it. */
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
  const blocks = [...sections].map(
    ([title, shape]) => `# --- ${title} ---\n\n${renderEnvExample(shape)}`,
  );
  return [HEADING, ...blocks].join('\n');
}
