import { VARIABLE_NAMES } from '@calseta/common';
import { z } from 'zod';
import { findMisspelt, type MisspeltVariable } from './find-misspelt.js';
import { checkRelatedLimits } from './related-limits.js';

/** Environment variables by name, as one package or service needs them. */
export type ConfigShape = Record<string, z.ZodType>;
export type Config<S extends ConfigShape> = z.output<z.ZodObject<S>>;

/** All mistakes in the environment; contains no values, except numbers that contradict each other. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The configuration is not valid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Value of a variable; undefined when unset or empty. Only a list may be empty. */
export function givenVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return isBlank(value) ? undefined : value;
}

/**
 * Reads the variables of the shape and reports all mistakes at once. An empty variable counts as unset; an empty list
 * variable is an empty list.
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

/** Variables that Calseta does not read, but that are probably meant for it. */
export const misspeltVariables = (env: NodeJS.ProcessEnv = process.env): MisspeltVariable[] =>
  findMisspelt(env, VARIABLE_NAMES);

const isBlank = (value: string | undefined): boolean => value === undefined || value.trim() === '';

/** True for a list; an empty text is then an empty list. */
function isList(schema: z.ZodType): boolean {
  const { success, data } = schema.safeParse('');
  return (
    success &&
    ((Array.isArray(data) && data.length === 0) || (data instanceof Set && data.size === 0))
  );
}
