import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const readText = (path: string): string => readFileSync(root + path, 'utf8');

type DependsOn = Record<string, { condition: string }>;

export type ComposeService = {
  image: string;
  build?: { context: string; dockerfile: string; args: Record<string, string> };
  command?: string[];
  env_file?: { path: string; required: boolean }[];
  environment?: Record<string, string | number>;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: DependsOn;
  ports?: string[];
  volumes?: string[];
  restart?: string;
  stop_grace_period?: string;
  read_only?: boolean;
  cap_drop?: string[];
};

export type ComposeFile = {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};

export const readCompose = (): ComposeFile =>
  parse(readText('docker-compose.yml'), { merge: true }) as ComposeFile;

/** Substitutes `${NAME:-default}` (the default may be nested) and `${NAME:?message}` as docker compose does. */
export function interpolate(value: string | number, env: Record<string, string>): string {
  const text = String(value);
  const filled = text.replace(
    /\$\{(\w+)(?::([-?])([^${}]*))?\}/g,
    (_, name: string, kind: string | undefined, rest: string) => {
      const given = env[name];
      if (given !== undefined && given !== '') return given;
      if (kind === '?') throw new Error(`${name}: ${rest}`);
      return kind === '-' ? rest : '';
    },
  );
  return filled === text ? text : interpolate(filled, env);
}
