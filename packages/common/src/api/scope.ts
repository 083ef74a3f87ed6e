import { z } from 'zod';

/** What an API key may do. `admin` holds all of them; `alerts:write` implies `alerts:ingest`. */
export const SCOPES = [
  'alerts:ingest',
  'alerts:read',
  'alerts:write',
  'enrichments:read',
  'workflows:read',
  'workflows:write',
  'workflows:execute',
  'approvals:write',
  'agents:read',
  'agents:write',
  'admin',
] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

export const KEY_TYPES = ['human', 'agent'] as const;
export const keyTypeSchema = z.enum(KEY_TYPES);
export type KeyType = z.infer<typeof keyTypeSchema>;

/** Whether a holder of `held` may do what `needed` names. */
export const hasScope = (held: readonly Scope[], needed: Scope): boolean =>
  held.includes('admin') ||
  held.includes(needed) ||
  (needed === 'alerts:ingest' && held.includes('alerts:write'));
