import { indicatorTypeSchema, MALICES, ruleSchema } from '@calseta/common';
import { z } from 'zod';
import { fieldsSchema } from '../fields/field-schema.js';
import { authSchema, stepsSchema } from '../steps/step-schema.js';
import { MAX_TEMPLATE_CHARACTERS } from '../templates/template.js';

/** Rules that turn facts into a verdict. */
export const MAX_MALICE_RULES = 30;

/** The first matching rule decides. Its fields are the names of facts, and `indicator.type`. */
export const maliceRuleSchema = z.strictObject({
  when: ruleSchema,
  malice: z.enum(MALICES),
  /** A template over `extracted` and `indicator`. */
  reason: z.string().min(1).max(MAX_TEMPLATE_CHARACTERS).optional(),
});

/** How a provider is asked about an indicator and how its answers are read: data without code. */
export const lookupSchema = z.strictObject({
  indicator_types: z.array(indicatorTypeSchema).min(1),
  auth: authSchema.optional(),
  /**
   * Names of the credentials that `{{ secrets.<name> }}` may use; the provider is configured when all of them
   * exist.
   */
  secrets: z
    .array(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/))
    .max(10)
    .optional(),
  steps: stepsSchema,
  /** Keys whose values are never shown, wherever they stand in an answer. */
  redact: z.array(z.string().min(1).max(100)).max(50).optional(),
  fields: fieldsSchema,
  malice: z.array(maliceRuleSchema).max(MAX_MALICE_RULES),
});
export type LookupDefinition = z.infer<typeof lookupSchema>;

/** Whether a step's URL begins with `/`, so that the provider cannot be asked without a base URL. */
export const needsBaseUrl = ({ steps }: LookupDefinition): boolean =>
  steps
    .flatMap(({ url }) => (typeof url === 'string' ? [url] : Object.values(url)))
    .some((url) => url.startsWith('/'));
