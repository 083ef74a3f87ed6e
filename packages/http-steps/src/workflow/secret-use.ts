import { keySet, textsIn } from '../redact/redact-keys.js';
import { type FilterName, FILTERS, isFilterName } from '../templates/filters.js';
import { type WorkflowDefinition } from './workflow-schema.js';

/** That a secret, or what derives from it, leaves for an origin. */
export type SecretUse = { secret: string; origin: string; pointer: string };

const NAMED = /\{\{\s*secrets\.([A-Za-z0-9_@$-]+)/g;
const ORIGIN = /^https?:\/\/[^/{}?#@\s\\]+/;

/** The secrets that a text, or anything in it, names. */
const namesIn = (part: unknown): string[] =>
  textsIn(part).flatMap((text) => [...text.matchAll(NAMED)].map(([, name = '']) => name));

/** Keys whose values are secrets wherever they stand in an answer, and must not stand elsewhere in it. */
export const ALWAYS_REDACTED = [
  'tempPassword',
  'temp_password',
  'temporaryPassword',
  'password',
  'newPassword',
  'passwordProfile',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'resetPasswordUrl',
  'activationUrl',
  'activationToken',
  'recoveryToken',
  'sharedSecret',
  'sessionToken',
  'recovery_question',
];

/** Keys of answers whose values are neither stored nor shown. */
export const redactedKeysOf = ({ redact = [] }: Pick<WorkflowDefinition, 'redact'>): string[] => [
  ...new Set([...ALWAYS_REDACTED, ...redact]),
];

/** The form in which a definition sends a secret: its name, and the filters that it passes. */
export type SecretForm = { name: string; filters: readonly FilterName[] };

const FILTERED = /\{\{\s*secrets\.([A-Za-z0-9_@$-]+)\s*\|([^{}]*)\}\}/g;

/** The forms in which a definition sends its secrets, besides as they are. */
export const formsOfSecrets = (definition: WorkflowDefinition): SecretForm[] =>
  textsIn(definition).flatMap((text) =>
    [...text.matchAll(FILTERED)].map(([, name = '', filters = '']) => ({
      name,
      filters: filters
        .split('|')
        .map((filter) => filter.trim())
        .filter(isFilterName),
    })),
  );

/** The values of secrets, and what they become in these forms: the texts that may be shown nowhere. */
export const textsOfSecrets = (
  values: Readonly<Record<string, string>>,
  forms: readonly SecretForm[],
): string[] => [
  ...Object.values(values),
  ...forms.flatMap(({ name, filters }) => {
    const value = values[name];
    if (value === undefined) return [];
    const text = filters.reduce((before, filter) => FILTERS[filter](before), value);
    return [text, text.replace(QUOTES_AROUND, '')];
  }),
];

/** A vendor that repeats a string of a query may leave them out. */
const QUOTES_AROUND = /^["']|["']$/g;

/** The names of all secrets that a definition uses. */
export const secretsOf = (definition: WorkflowDefinition): string[] => [
  ...new Set(namesIn(definition)),
];

const urlsOf = (url: WorkflowDefinition['steps'][number]['url']): string[] =>
  typeof url === 'string' ? [url] : Object.values(url);

/** Whether a step's URL begins with `/`, so that the workflow cannot run without a base URL. */
export const needsBase = ({ steps, auth }: WorkflowDefinition): boolean =>
  [...steps.flatMap(({ url }) => urlsOf(url)), ...tokenUrlsOf(auth)].some((url) =>
    url.startsWith('/'),
  );

const tokenUrlsOf = (auth: WorkflowDefinition['auth']): string[] =>
  auth?.kind === 'client_credentials' ? [auth.token_url] : [];

type Step = WorkflowDefinition['steps'][number];

const ANSWERED = /\{\{\s*steps\.([A-Za-z0-9_]+)\.([A-Za-z0-9_.@$-]+)/g;

/**
 * The secrets that a step carries: those that it names, and those that an earlier step was sent with whose answer holds
 * a secret, such as a token of its session, that this one reads.
 */
function carriedBy(step: Step, definition: WorkflowDefinition): string[] {
  const keys = keySet(redactedKeysOf(definition));
  const earlier = definition.steps.slice(0, definition.steps.indexOf(step));
  const own = { ...step, auth: step.auth ?? definition.auth };
  const derived = textsIn(own).flatMap((text) =>
    [...text.matchAll(ANSWERED)].flatMap(([, name = '', path = '']) => {
      const source = earlier.find((one) => one.name === name);
      return source && path.split('.').some((key) => keys.has(key.toLowerCase()))
        ? carriedBy(source, definition)
        : [];
    }),
  );
  return [...new Set([...namesIn(own), ...derived])];
}

/**
 * Where the secrets of a definition would be sent. An access token derives from the credentials that it was asked
 * with: they are used at the origin of the token and at that of the step.
 */
export function usesOfSecrets(definition: WorkflowDefinition, baseUrl: string | null): SecretUse[] {
  const placed = (url: string): string[] => {
    const whole = url.startsWith('/') ? baseUrl : ORIGIN.exec(url)?.[0];
    return whole && URL.canParse(whole) ? [new URL(whole).origin] : [];
  };
  return definition.steps.flatMap((step, index) => {
    const auth = step.auth ?? definition.auth;
    const pointer = `/steps/${index}`;
    const tokenPointer = step.auth ? `${pointer}/auth/token_url` : '/auth/token_url';
    const at = (origins: string[], secrets: string[], where: string): SecretUse[] =>
      secrets.flatMap((secret) => origins.map((origin) => ({ secret, origin, pointer: where })));
    return [
      ...at(urlsOf(step.url).flatMap(placed), carriedBy(step, definition), `${pointer}/url`),
      ...at(tokenUrlsOf(auth).flatMap(placed), namesIn(auth), tokenPointer),
    ];
  });
}
