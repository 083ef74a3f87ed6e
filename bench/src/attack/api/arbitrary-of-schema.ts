import fc from 'fast-check';
import { type JsonSchema } from './read-description.js';

const REF = '#/components/schemas/';
const MAX_TEXT = 200;
const MAX_ITEMS = 3;
/** Deeper than any schema of ours: recursive schemas stop here. */
const MAX_DEPTH = 12;
/** Largest absolute value of the integers that fast-check draws. */
const LARGEST = 2 ** 31 - 1;
/** Nothing listens there, so agents that are registered at random reach nobody. */
const CLOSED_URL = 'http://127.0.0.1:8999';

/** Values that a schema allows; for formats such as `uri`, only those that point to this machine. */
export function arbitraryOf(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
  depth = 0,
): fc.Arbitrary<unknown> {
  const inner = (next: JsonSchema) => arbitraryOf(next, schemas, depth + 1);
  if (depth > MAX_DEPTH) return fc.constant(null);
  if (schema.$ref !== undefined) return inner(schemas[schema.$ref.slice(REF.length)] ?? {});
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return fc.oneof(...alternatives.map(inner));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type) => inner({ ...schema, type })));
  return (BY_TYPE[schema.type ?? ''] ?? anything)(schema, inner);
}

type Make = (
  schema: JsonSchema,
  inner: (schema: JsonSchema) => fc.Arbitrary<unknown>,
) => fc.Arbitrary<unknown>;

const anything: Make = () => fc.jsonValue();

const BY_TYPE: Record<string, Make> = {
  object: objectOf,
  array: ({ items = {}, minItems = 0, maxItems = MAX_ITEMS }, inner) =>
    fc.array(inner(items), {
      minLength: minItems,
      maxLength: Math.max(minItems, Math.min(maxItems, MAX_ITEMS)),
    }),
  string: textOf,
  integer: (schema) => fc.integer(rangeOf(schema)),
  number: (schema) => fc.double({ ...rangeOf(schema), noNaN: true }),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
};

function objectOf(
  { properties = {}, required = [], additionalProperties, propertyNames }: JsonSchema,
  inner: (schema: JsonSchema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const known = fc.record(
    Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, inner(schema)])),
    { requiredKeys: required.filter((key) => key in properties) },
  );
  if (typeof additionalProperties !== 'object') return known;
  const names = inner({ type: 'string', ...propertyNames }).map(String);
  const others = fc.dictionary(names, inner(additionalProperties), { maxKeys: MAX_ITEMS });
  return fc.tuple(others, known).map(([more, own]) => ({ ...more, ...(own as object) }));
}

function textOf({ format, pattern, minLength = 0, maxLength = MAX_TEXT }: JsonSchema) {
  if (format === 'uri') return fc.webPath().map((path) => CLOSED_URL + path);
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString());
  if (pattern !== undefined) {
    // eslint-disable-next-line no-restricted-syntax -- the pattern is the API's own, and writes a text instead of reading one
    return fc.stringMatching(new RegExp(pattern));
  }
  const longest = Math.max(minLength, Math.min(maxLength, MAX_TEXT));
  return fc.string({ unit: 'grapheme', minLength, maxLength: longest });
}

function rangeOf({ minimum, maximum }: JsonSchema) {
  return {
    ...(minimum !== undefined && { min: Math.max(minimum, -LARGEST) }),
    ...(maximum !== undefined && { max: Math.min(maximum, LARGEST) }),
  };
}
