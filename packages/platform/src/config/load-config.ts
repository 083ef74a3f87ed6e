import { VARIABLE_NAMES } from '@calseta/common';
import { z } from 'zod';
import { findMisspelt, type MisspeltVariable } from './find-misspelt.js';
import { checkRelatedLimits } from './related-limits.js';

/** Environment variables by name: the piece of configuration that one package or service needs. */
export type ConfigShape = Record<string, z.ZodType>;
export type Config<S extends ConfigShape> = z.output<z.ZodObject<S>>;

/** All that is wrong with the environment; no values are part of it, but for numbers that do not go together. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The configuration is not valid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** A variable's value; undefined when it is not set, or empty, which means the same for all but lists. */
export function givenVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return isBlank(value) ? undefined : value;
}

/**
 * Reads the variables that the shape names and reports all mistakes at once. One that is set but empty counts as
 * not set; a list that is set but empty is an empty list.
 */
export function loadConfig<S extends ConfigShape>(
  shape: S,
  env: NodeJS.ProcessEnv = process.env,
): Config<S> {
  const given = Object.fromEntries(
    Object.entries(shape).flatMap(([key, schema]) => {
      const value = env[key] !== undefined && isList(schema) ? env[key] : givenVariable(env, key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const result = z.object(shape).safeParse(given);
  const unrelated = checkRelatedLimits(shape, given);
  if (result.success && unrelated.length === 0) return result.data;
  const invalid = result.error?.issues.map((issue) => {
    const key = String(issue.path[0] ?? '');
    return `${key}: ${key in given ? issue.message : 'is required'}`;
  });
  throw new ConfigError([...(invalid ?? []), ...unrelated]);
}

/** The variables of an environment that no part of Calseta reads, though somebody seems to have meant that. */
export const misspeltVariables = (env: NodeJS.ProcessEnv = process.env): MisspeltVariable[] =>
  findMisspelt(env, VARIABLE_NAMES);

const isBlank = (value: string | undefined): boolean => value === undefined || value.trim() === '';

/** Whether the schema reads a list, of which an empty text names no entry. */
function isList(schema: z.ZodType): boolean {
  const { success, data } = schema.safeParse('');
  return (
    success &&
    ((Array.isArray(data) && data.length === 0) || (data instanceof Set && data.size === 0))
  );
}
