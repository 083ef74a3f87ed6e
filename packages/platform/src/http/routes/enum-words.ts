import { z } from 'zod';

type Query = Readonly<Record<string, unknown>>;
/** Of one parameter: its words by their lower-case spelling. */
type Words = ReadonlyMap<string, string>;

const known = new WeakMap<z.ZodType, ReadonlyMap<string, Words>>();
const WORD = /[^\s,]+/g;

/**
 * The query with its enum words spelled as the schema has them: `severity=high,LOW` becomes `severity=High,Low`. All other
 * text stays as it is, so that the schema refuses it.
 */
export function withEnumWords(schema: z.ZodType | undefined, query: Query): Query {
  const parameters = schema && wordsOf(schema);
  if (!parameters || parameters.size === 0) return query;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const words = parameters.get(name);
      return [name, words ? spelled(value, words) : value];
    }),
  );
}

function spelled(value: unknown, words: Words): unknown {
  if (Array.isArray(value)) return value.map((item) => spelled(item, words));
  if (typeof value !== 'string') return value;
  return value.replace(WORD, (word) => words.get(word.toLowerCase()) ?? word);
}

/** The parameters that take enum words; found once for each schema. */
function wordsOf(schema: z.ZodType): ReadonlyMap<string, Words> {
  const found = known.get(schema);
  if (found) return found;
  const object = schema instanceof z.ZodPipe ? schema.in : schema;
  const shape: Readonly<Record<string, unknown>> =
    object instanceof z.ZodObject ? object.shape : {};
  const parameters = new Map(
    Object.entries(shape)
      .map(([name, parameter]) => [name, optionsOf(parameter)] as const)
      .filter(([, options]) => options.length > 0)
      .map(([name, options]) => [
        name,
        new Map(options.map((option) => [option.toLowerCase(), option])),
      ]),
  );
  known.set(schema, parameters);
  return parameters;
}

/** The words of a parameter that takes one of an enum or a list of them; none for other parameters. */
function optionsOf(schema: unknown): string[] {
  if (schema instanceof z.ZodEnum)
    return schema.options.filter((option) => typeof option === 'string');
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return optionsOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return optionsOf(schema.element);
  // A preprocessed schema begins with its function, a transformed one ends with it.
  if (schema instanceof z.ZodPipe)
    return optionsOf(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  return [];
}
