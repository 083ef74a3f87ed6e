import { z } from 'zod';

/** Environment variables by name: the piece of configuration that one package or service needs. */
export type ConfigShape = Record<string, z.ZodType>;
export type Config<S extends ConfigShape> = z.output<z.ZodObject<S>>;

/** All that is wrong with the environment; values are never part of it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The configuration is not valid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Reads the variables that the shape names and reports all mistakes at once. */
export function loadConfig<S extends ConfigShape>(
  shape: S,
  env: NodeJS.ProcessEnv = process.env,
): Config<S> {
  const given = Object.fromEntries(
    Object.keys(shape).flatMap((key) => {
      const value = env[key];
      return value === undefined || value === '' ? [] : [[key, value]];
    }),
  );
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const key = String(issue.path[0] ?? '');
      return `${key}: ${key in given ? issue.message : 'is required'}`;
    }),
  );
}
