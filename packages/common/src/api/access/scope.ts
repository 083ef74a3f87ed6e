import { z } from 'zod';

/** What an API key may do. `admin` holds all of them; `alerts:write` implies three others. */
export const SCOPES = [
  'alerts:ingest',
  'alerts:read',
  'findings:write',
  'alerts:triage',
  'alerts:write',
  'config:write',
  'enrichments:read',
  'workflows:read',
  'workflows:write',
  'workflows:execute',
  'approvals:write',
  'agents:read',
  'agents:write',
  'secrets:write',
  'audit:read',
  'admin',
] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

export const KEY_TYPES = ['human', 'agent'] as const;
export const keyTypeSchema = z.enum(KEY_TYPES);
export type KeyType = z.infer<typeof keyTypeSchema>;

/** What a key of an agent in shadow mode may use: reading, and findings, which are kept apart. */
const ALLOWED_IN_SHADOW: ReadonlySet<Scope> = new Set<Scope>([
  'alerts:read',
  'findings:write',
  'enrichments:read',
  'workflows:read',
  'agents:read',
]);
export const isAllowedInShadow = (scope: Scope): boolean => ALLOWED_IN_SHADOW.has(scope);

const IMPLIED: Partial<Record<Scope, readonly Scope[]>> = {
  'alerts:write': ['alerts:ingest', 'findings:write', 'alerts:triage'],
};

/** Whether the scopes `held` include `needed`. */
export const hasScope = (held: readonly Scope[], needed: Scope): boolean =>
  held.some(
    (scope) => scope === 'admin' || scope === needed || IMPLIED[scope]?.includes(needed) === true,
  );
