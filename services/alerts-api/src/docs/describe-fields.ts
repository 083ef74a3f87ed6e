import { z } from 'zod';

type Json = {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  items?: Json;
  properties?: Record<string, Json>;
  required?: string[];
  description?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  $defs?: Record<string, Json>;
};

/** The fields of a schema as a Markdown list, with nested lists for objects. */
export function describeFields(schema: z.ZodType, io: 'input' | 'output'): string {
  const root = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Json;
  const defs = root.$defs ?? {};
  return linesOf(resolve(root, defs), defs, '').join('\n');
}

function linesOf(json: Json, defs: Record<string, Json>, indent: string): string[] {
  return Object.entries(json.properties ?? {}).flatMap(([name, given]) => {
    const field = { ...resolve(given, defs), ...(given.description && given) };
    const need = json.required?.includes(name) ? 'required' : 'optional';
    const note = field.description === undefined ? '' : `: ${field.description}`;
    const inner = resolve(field.items ?? field, defs);
    return [
      `${indent}- \`${name}\` (${typeOf(field, defs)}, ${need})${note}`,
      ...linesOf(inner, defs, `${indent}  `),
    ];
  });
}

function resolve(json: Json, defs: Record<string, Json>): Json {
  const name = json.$ref?.split('/').at(-1);
  return name === undefined ? json : (defs[name] ?? {});
}

function typeOf(json: Json, defs: Record<string, Json>): string {
  if (json.enum) return json.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (json.type === 'array') {
    const most = json.maxItems === undefined ? '' : `, at most ${json.maxItems}`;
    return `list of ${typeOf(resolve(json.items ?? {}, defs), defs)}${most}`;
  }
  return [json.type ?? 'any value', boundsOf(json)].filter((part) => part !== '').join(' ');
}

function boundsOf({ type, minLength, maxLength, minimum, maximum }: Json): string {
  if (type === 'number' && minimum !== undefined) return `${minimum} to ${maximum ?? '…'}`;
  if (type !== 'string' || maxLength === undefined) return '';
  return `of ${minLength ?? 0} to ${maxLength} characters`;
}
