import { type z } from 'zod';
import { type ConfigShape } from './load-config.js';
import { readLessThan } from './related-limits.js';

export type ConfigVariable = {
  name: string;
  description: string;
  isRequired: boolean;
  /** As written in the environment; undefined without a default. */
  defaultText: string | undefined;
};

/** Describes the variables of a shape and their defaults. */
export function describeConfig(shape: ConfigShape): ConfigVariable[] {
  return Object.entries(shape).map(([name, schema]) => {
    const description = schema.description;
    if (description === undefined) throw new Error(`${name} has no description.`);
    return {
      name,
      description: [description, describeLessThan(schema)].join(''),
      isRequired: !schema.safeParse(undefined).success,
      defaultText: defaultOf(schema),
    };
  });
}

function describeLessThan(schema: z.ZodType): string {
  const relation = readLessThan(schema);
  if (!relation) return '';
  const together = relation.with === undefined ? '' : `Together with ${relation.with}: `;
  const demand = relation.orEqual ? 'not more than' : 'less than';
  const text = `${together}${demand} ${relation.variable}.`;
  return ` ${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Renders the variables as a Markdown table. */
export function renderConfigTable(shape: ConfigShape): string {
  const rows = describeConfig(shape).map(({ name, description, isRequired, defaultText }) => {
    const value = isRequired ? 'required' : defaultText === undefined ? '' : `\`${defaultText}\``;
    return `| \`${name}\` | ${value} | ${description.replaceAll('|', '\\|')} |`;
  });
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** Renders the variables as an environment file; optional ones are commented out. */
export function renderEnvExample(shape: ConfigShape): string {
  const blocks = describeConfig(shape).map(
    ({ name, description, isRequired, defaultText }) =>
      `# ${description}\n${isRequired ? '' : '# '}${name}=${defaultText ?? ''}\n`,
  );
  return blocks.join('\n');
}

function defaultOf(schema: z.ZodType): string | undefined {
  const { def } = schema as z.ZodType & { def: { type: string; defaultValue?: unknown } };
  if (def.type !== 'default') return undefined;
  const value = def.defaultValue;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(',');
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
