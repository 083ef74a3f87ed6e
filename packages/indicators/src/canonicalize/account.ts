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
 * Lower-cases and keeps the realm (`corp\jdoe`, `jdoe@corp.com`), because the same user name in another
 * realm is another account.
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

/**
 * The name of an ECS field in place of its value, as rules and templates write it: `user.name`,
 * `source.user.id`, `winlog.event_data.TargetUserName`.
 */
const FIELD_NAME =
  /^(?:[a-z_]{2,20}\.){0,3}(?:(?:user|host|agent|observer|account)\.(?:(?:effective|target|changes)\.)?(?:name|id|email|domain|full_name|hash|roles|hostname|ip|keyword)|event_data\.[a-z]{2,40})(?:\.keyword)?$/i;
/** An unfilled template variable: `{{user}}`, `${user}`, `$result.user$`, `$USER`, `%user%`, `<user>`. */
const TEMPLATE =
  /^(?:\{\{[^{}]{0,200}\}\}|\$\{[^{}]{0,200}\}|\$[\w.]{1,200}\$|\$[A-Z_]{2,100}|%[\w.]{1,100}%|<[\w .-]{1,100}>)$/;

/** Whether a text is no real value: a word such as `null`, the name of a field, or an unfilled template. */
export const isPlaceholder = (text: string): boolean =>
  PLACEHOLDERS.has(text.trim().toLowerCase()) || isUnfilled(text);

/** Whether a text is the name of a field or an unfilled template. */
export function isUnfilled(text: string): boolean {
  const bare = text.trim();
  return bare.length <= MAX_UNFILLED_CHARACTERS && (TEMPLATE.test(bare) || FIELD_NAME.test(bare));
}

const MAX_UNFILLED_CHARACTERS = 256;
