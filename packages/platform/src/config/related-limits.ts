import { z } from 'zod';

/**
 * What the schema of a number says of other variables, in `.meta({ lessThan })`: it has to be less than one of them,
 * alone or together with another.
 */
const lessThanSchema = z.strictObject({
  variable: z.string(),
  with: z.string().optional(),
  orEqual: z.literal(true).optional(),
});
export type LessThan = z.infer<typeof lessThanSchema>;

type Shape = Readonly<Record<string, z.ZodType>>;

/** The relation that a schema declares; undefined when there is none. */
export function readLessThan(schema: z.ZodType): LessThan | undefined {
  const declared = schema.meta()?.['lessThan'];
  return declared === undefined ? undefined : lessThanSchema.parse(declared);
}

/**
 * Complains of each variable that is not less than what it has to be less than. One whose own value is not valid takes
 * part in no relation. The complaints name values: limits are no secrets, and may be defaults that nobody set.
 */
export function checkRelatedLimits(shape: Shape, given: Record<string, unknown>): string[] {
  const numberOf = (name: string | undefined): number | undefined => {
    const value = name === undefined ? 0 : shape[name]?.safeParse(given[name]).data;
    return typeof value === 'number' ? value : undefined;
  };
  return Object.entries(shape).flatMap(([name, schema]) => {
    const relation = readLessThan(schema);
    if (!relation) return [];
    const own = numberOf(name);
    const other = numberOf(relation.with);
    const limit = numberOf(relation.variable);
    if (own === undefined || other === undefined || limit === undefined) return [];
    const sum = own + other;
    if (sum < limit || (relation.orEqual && sum === limit)) return [];
    const subject = relation.with === undefined ? '' : `and ${relation.with} (${other}) together `;
    const demand = relation.orEqual ? 'must not be more than' : 'must be less than';
    return [`${name}: ${own} ${subject}${demand} ${relation.variable} (${limit})`];
  });
}
