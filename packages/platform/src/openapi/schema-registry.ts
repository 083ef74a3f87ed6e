import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

export type SchemaRegistry = {
  components: Record<string, JsonSchema>;
  /** JSON Schema of a request part or a response; named schemas are stored as components. */
  schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema;
};

const DEFS = '#/$defs/';

/** Collects the named schemas (`.meta({ id })`) of a document. */
export function createSchemaRegistry(): SchemaRegistry {
  const components: Record<string, JsonSchema> = {};

  /** A schema that differs between input and output gets two names. */
  function register(name: string, schema: JsonSchema, io: 'input' | 'output'): string {
    const isTaken = !isDeepStrictEqual(components[name] ?? schema, schema);
    const unique = isTaken ? name + (io === 'input' ? 'Input' : 'Output') : name;
    components[unique] = schema;
    return unique;
  }

  return {
    components,
    schemaOf(schema, io) {
      const json = z.toJSONSchema(z.object({ root: schema }), {
        io,
        unrepresentable: 'any',
        reused: 'inline',
      });
      const defs = (json.$defs ?? {}) as Record<string, JsonSchema>;
      assertNamed(Object.keys(defs));
      const names = new Map<string, string>();
      for (const name of Object.keys(defs)) names.set(name, name);
      const rename = (value: JsonSchema | undefined): JsonSchema =>
        rewrite(value ?? {}, names, io) as JsonSchema;
      for (const [name, definition] of Object.entries(defs)) {
        names.set(name, register(name, rename(definition), io));
      }
      return rename(json.properties?.['root'] as JsonSchema | undefined);
    },
  };
}

/** A schema that refers to itself and has no id is numbered by zod, and another document gives its number to another. */
function assertNamed(names: readonly string[]): void {
  const numbered = names.find((name) => /^__schema\d+$/.test(name));
  if (numbered !== undefined) throw new Error('A schema that refers to itself needs an id.');
}

/** Points references to the components, and allows additional fields in output, because later versions may add some. */
function rewrite(
  value: unknown,
  names: ReadonlyMap<string, string>,
  io: 'input' | 'output',
): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, names, io));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, item]) => !(io === 'output' && key === 'additionalProperties' && item === false),
      )
      .map(([key, item]) => [
        key,
        key === '$ref' && typeof item === 'string' && item.startsWith(DEFS)
          ? `#/components/schemas/${names.get(item.slice(DEFS.length)) ?? ''}`
          : rewrite(item, names, io),
      ]),
  );
}
