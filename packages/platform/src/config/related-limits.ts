import { z } from 'zod';

/**
 * Relation of a number to other variables, in `.meta({ lessThan })`: it must be less than one of them, alone or in a
 * sum with another.
 */
const lessThanSchema = z.strictObject({
  variable: z.string(),
  with: z.string().optional(),
  orEqual: z.literal(true).optional(),
});
export type LessThan = z.infer<typeof lessThanSchema>;

type Shape = Readonly<Record<string, z.ZodType>>;

/** The relation declared by a schema, if any. */
export function readLessThan(schema: z.ZodType): LessThan | undefined {
  const declared = schema.meta()?.['lessThan'];
  return declared === undefined ? undefined : lessThanSchema.parse(declared);
}

/**
 * Reports each variable that is not less than its limit. Invalid values are skipped. The messages contain values:
 * limits are not secret, and may be defaults that nobody set.
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
