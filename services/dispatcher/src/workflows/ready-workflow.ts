import { type GrantedSecret } from '@calseta/database';
import {
  compileWorkflow,
  type CompiledWorkflow,
  needsBase,
  NO_BASE,
  secretsOf,
  usesOfSecrets,
  workflowDefinitionSchema,
} from '@calseta/http-steps';
import { type Cipher } from '@calseta/platform';
import { z } from 'zod';

const contentSchema = z.object({
  definition: workflowDefinitionSchema,
  base_url: z.string().nullable(),
});

/** A version of a workflow that can be run, and the names of the secrets that it uses. */
export type ReadyWorkflow = { workflow: CompiledWorkflow; baseUrl: string; secretNames: string[] };

export type Ready<T> = { ok: true; value: T } | { ok: false; problem: string };

/** Where a workflow that has no base URL yet is tried. */
export const STAND_IN_BASE = 'https://base.url';

/** Compiles the content of a version. `standIn` stands for a base URL that is missing. */
export function readWorkflow(content: unknown, standIn?: string): Ready<ReadyWorkflow> {
  const parsed = contentSchema.safeParse(content);
  const compiled = parsed.success ? compileWorkflow(parsed.data.definition) : undefined;
  if (!parsed.success || !compiled?.ok)
    return { ok: false, problem: 'Its steps do not fit this version of Calseta.' };
  const { definition, base_url: baseUrl } = parsed.data;
  if (definition.steps.length === 0) return { ok: false, problem: 'The workflow has no steps.' };
  const base = baseUrl ?? (needsBase(definition) ? standIn : NO_BASE);
  if (base === undefined) return { ok: false, problem: 'The workflow has no `base_url`.' };
  return {
    ok: true,
    value: {
      workflow: compiled.value,
      baseUrl: base.replace(/\/$/, ''),
      secretNames: secretsOf(definition),
    },
  };
}

/** The values of the secrets that a version uses; a problem when one is missing or would go where it may not. */
export function readSecrets(
  content: unknown,
  granted: readonly GrantedSecret[],
  cipher: Pick<Cipher, 'decrypt'>,
): Ready<Record<string, string>> {
  const { definition, base_url: baseUrl } = contentSchema.parse(content);
  const byName = new Map(granted.map((secret) => [secret.name, secret]));
  const missing = secretsOf(definition).filter((name) => !byName.has(name));
  if (missing.length > 0)
    return { ok: false, problem: `These secrets are not granted to it: ${missing.join(', ')}.` };
  const stray = usesOfSecrets(definition, baseUrl).find(
    ({ secret, origin }) => byName.get(secret)?.allowedOrigins.includes(origin) !== true,
  );
  if (stray)
    return { ok: false, problem: `The secret ${stray.secret} may not be sent to ${stray.origin}.` };
  const values = secretsOf(definition).flatMap((name) => {
    const secret = byName.get(name);
    return secret ? [[name, cipher.decrypt(secret.valueEncrypted)] as const] : [];
  });
  return { ok: true, value: Object.fromEntries(values) };
}
