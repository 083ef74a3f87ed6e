import { type WorkflowDefinition } from './workflow-schema.js';

/** That a secret, or what derives from it, leaves for an origin. */
export type SecretUse = { secret: string; origin: string; pointer: string };

const NAMED = /\{\{\s*secrets\.([A-Za-z0-9_@$-]+)/g;
const ORIGIN = /^https?:\/\/[^/{}?#@\s\\]+/;

/** All texts in a part of a definition. */
export function textsIn(part: unknown): string[] {
  if (typeof part === 'string') return [part];
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(textsIn) : [];
}

/** The secrets that a text, or anything in it, names. */
const namesIn = (part: unknown): string[] =>
  textsIn(part).flatMap((text) => [...text.matchAll(NAMED)].map(([, name = '']) => name));

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
    const sent = [...new Set([...namesIn({ ...step, auth: undefined }), ...namesIn(auth)])];
    const origins = urlsOf(step.url).flatMap(placed);
    const tokenOrigins = tokenUrlsOf(auth).flatMap(placed);
    return [
      ...sent.flatMap((secret) =>
        origins.map((origin) => ({ secret, origin, pointer: `${pointer}/url` })),
      ),
      ...namesIn(auth).flatMap((secret) =>
        tokenOrigins.map((origin) => ({
          secret,
          origin,
          pointer: step.auth ? `${pointer}/auth/token_url` : '/auth/token_url',
        })),
      ),
    ];
  });
}
