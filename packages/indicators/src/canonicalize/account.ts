import { MAX_ACCOUNT_CHARACTERS } from '../values/limits.js';
import { type Canonical, type Invalid, invalid } from './canonical.js';

const PLACEHOLDERS = new Set([
  '-', '--', '.', '?', '*', 'n/a', 'na', '<na>', 'null', '(null)', 'nil', 'none', 'undefined', 'unknown',
  'unknown user', 'not available', 'redacted', 'empty', 'true', 'false', '[]', '{}',
]); // prettier-ignore

const BUILT_IN = new Set([
  'system', 'local system', 'localsystem', 'local service', 'network service', 'anonymous logon', 'anonymous',
  'root', 'nobody', 'daemon', 'www-data', 'everyone', 'trustedinstaller',
]); // prettier-ignore
const BUILT_IN_REALMS = new Set([
  'nt authority', 'nt service', 'builtin', 'window manager', 'font driver host', 'iis apppool',
]); // prettier-ignore

export type AccountParts = { user: string; realm?: string };

/**
 * Lower case with its realm (`corp\jdoe`, `jdoe@corp.com`): the same user name in another realm is
 * another account.
 */
export function canonicalizeAccount(text: string): Canonical | Invalid {
  const readable = text
    .replace(/\\{2,}/g, '\\')
    .replace(/^\.\\/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const value = readable.toLowerCase();
  const { user, realm } = accountParts(value);
  if (value.length > MAX_ACCOUNT_CHARACTERS || user === '' || realm === '') return invalid;
  if (PLACEHOLDERS.has(user) || PLACEHOLDERS.has(value)) return invalid;
  const isBuiltIn = BUILT_IN.has(user) || (realm !== undefined && BUILT_IN_REALMS.has(realm));
  return {
    ok: true,
    value,
    ...(readable !== value && { displayValue: readable }),
    classification: isBuiltIn ? 'builtin' : 'public',
  };
}

export function accountParts(value: string): AccountParts {
  const slash = value.indexOf('\\');
  if (slash >= 0) return { user: value.slice(slash + 1), realm: value.slice(0, slash) };
  const at = value.lastIndexOf('@');
  return at < 0 ? { user: value } : { user: value.slice(0, at), realm: value.slice(at + 1) };
}

export const isPlaceholder = (text: string): boolean => PLACEHOLDERS.has(text.trim().toLowerCase());
