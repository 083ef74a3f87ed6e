import { type IndicatorType } from '@calseta/common';
import { percentEncode } from '../templates/filters.js';
import {
  type Placeholder,
  renderText,
  type TemplateOptions,
  renderValue,
  type TemplateScope,
  type Template,
} from '../templates/template.js';
import { type CompiledAuth, type CompiledStep, type JsonTemplate } from './compile-steps.js';

export type StepRequest = {
  method: CompiledStep['method'];
  url: string;
  headers: Record<string, string>;
  body?: string;
};

export type RenderContext = {
  scope: TemplateScope;
  indicatorType?: IndicatorType | undefined;
  /** Prefix of URLs that begin with `/`; replaces scheme and host of the others when `replacesOrigin` is set. */
  baseUrl: string;
  replacesOrigin: boolean;
  /** For `client_credentials`. */
  token?: string | undefined;
  /** What is shown in place of `scope.steps`. */
  shownSteps?: Readonly<Record<string, unknown>>;
  /** Whether values that are missing are written as their names. */
  hasStandIns?: boolean;
};

/** The available values do not make a valid request. */
export class UnusableValueError extends Error {
  override name = 'UnusableValueError';
}

const MAX_URL_CHARACTERS = 8_192;
/** RFC 9110, section 5.5: visible characters, spaces and tabs. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Renders the request of a step. With `isShown` every secret is written as `<its name>`, so that it cannot get
 * into a log or a trace in any encoding. Throws MissingValueError and UnusableValueError.
 */
export function renderRequest(
  step: CompiledStep,
  auth: CompiledAuth,
  context: RenderContext,
  isShown: boolean,
): StepRequest {
  const { scope } = isShown ? { scope: shownScope(context) } : context;
  const options: TemplateOptions = {
    ...(isShown && { keep: isSecret }),
    ...(context.hasStandIns && { standIn: ({ text: path }) => `<${path}>` }),
  };
  const text = (template: Template): string => renderText(template, scope, options);
  const headers = Object.fromEntries([
    ...step.headers.map(([name, value]) => [name, text(value)]),
    ...authHeaders(auth, text, isShown ? '<token>' : context.token, isShown),
  ]) as Record<string, string>;
  const parameters = [
    ...step.query.map(([name, value]): [string, string] => [name, text(value)]),
    ...(auth.kind === 'query' ? [[auth.name, text(auth.value)] as [string, string]] : []),
  ];
  const body = bodyOf(step, scope, text, options);
  const contentType = body === undefined ? undefined : step.form ? FORM : JSON_TYPE;
  return {
    method: step.method,
    url: urlOf(step, parameters, { ...context, scope }, options, isShown),
    headers: checkHeaders({
      Accept: JSON_TYPE,
      ...(contentType !== undefined && { 'Content-Type': contentType }),
      ...headers,
    }),
    ...(body !== undefined && { body }),
  };
}

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';

const isSecret = ({ path }: Placeholder): boolean => path[0] === 'secrets';

/** Replaces secrets by their names, and answers by what is shown of them. */
const shownScope = ({ scope, shownSteps }: RenderContext): TemplateScope => ({
  ...scope,
  ...(shownSteps && { steps: shownSteps }),
  secrets: Object.fromEntries(
    Object.keys(scope['secrets'] ?? {}).map((name) => [name, `<${name}>`]),
  ),
});

function authHeaders(
  auth: CompiledAuth,
  text: (template: Template) => string,
  token: string | undefined,
  isShown: boolean,
): [string, string][] {
  switch (auth.kind) {
    case 'header':
      return [[auth.name, text(auth.value)]];
    case 'basic': {
      const pair = `${text(auth.username)}:${text(auth.password)}`;
      const credentials = isShown ? pair : Buffer.from(pair).toString('base64');
      return [['Authorization', `Basic ${credentials}`]];
    }
    case 'client_credentials':
      return [['Authorization', `Bearer ${token ?? ''}`]];
    case 'none':
    case 'query':
      return [];
  }
}

function urlOf(
  { url, name }: CompiledStep,
  parameters: readonly [string, string][],
  { scope, indicatorType, baseUrl, replacesOrigin }: RenderContext,
  options: TemplateOptions,
  isShown: boolean,
): string {
  const template = isPerType(url) ? indicatorType && url[indicatorType] : url;
  if (!template)
    throw new UnusableValueError(`Step ${name} has no URL for this type of indicator.`);
  const rendered = renderText(template, scope, { ...options, escape: escapeForUrl });
  const encode = isShown ? (value: string) => value : percentEncode;
  const query = parameters.map(([key, value]) => `${percentEncode(key)}=${encode(value)}`);
  const joiner = query.length === 0 ? '' : rendered.includes('?') ? '&' : '?';
  const whole = place(rendered + joiner + query.join('&'), baseUrl, replacesOrigin);
  if (whole.length > MAX_URL_CHARACTERS)
    throw new UnusableValueError(
      `The URL of step ${name} is longer than ${MAX_URL_CHARACTERS} characters.`,
    );
  if (hasDotSegment(whole))
    throw new UnusableValueError(`The URL of step ${name} would lead to another path.`);
  return whole;
}

export const isPerType = (
  url: CompiledStep['url'],
): url is Partial<Record<IndicatorType, Template>> => !Array.isArray(url);

/** A value is one path segment or one query value; `percent_encode` and `path` mark it as already encoded. */
const escapeForUrl = (value: string, { filters }: Placeholder): string =>
  filters.at(-1) === 'percent_encode' || filters.at(-1) === 'path' ? value : percentEncode(value);

/** Base URL of steps whose URLs are all absolute, so that nothing is resolved against it. */
export const NO_BASE = 'https://invalid';

/** Where a URL leads that begins with `/`, or whose origin the base URL replaces. */
export function place(url: string, baseUrl: string, replacesOrigin: boolean): string {
  const base = baseUrl.replace(/\/$/, '');
  if (url.startsWith('/')) return base + url;
  return replacesOrigin ? base + url.replace(/^https?:\/\/[^/?#]*/, '') : url;
}

/** Dot segments, which `new URL` would resolve against the rest of the path. */
const hasDotSegment = (url: string): boolean =>
  (url.split('?', 1)[0] ?? '').split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));

function bodyOf(
  { json, form }: Pick<CompiledStep, 'json' | 'form'>,
  scope: TemplateScope,
  text: (template: Template) => string,
  options: TemplateOptions,
): string | undefined {
  if (json) return JSON.stringify(jsonOf(json, scope, options));
  if (!form) return undefined;
  return new URLSearchParams(
    form.map(([name, value]): [string, string] => [name, text(value)]),
  ).toString();
}

function jsonOf(template: JsonTemplate, scope: TemplateScope, options: TemplateOptions): unknown {
  switch (template.kind) {
    case 'text':
      return renderValue(template.template, scope, options);
    case 'constant':
      return template.value;
    case 'list':
      return template.entries.map((entry) => jsonOf(entry, scope, options));
    case 'object':
      return Object.fromEntries(
        template.entries.map(([key, entry]) => [key, jsonOf(entry, scope, options)]),
      );
  }
}

function checkHeaders(headers: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_VALUE.test(value))
      throw new UnusableValueError(`The header ${name} would hold characters that none may hold.`);
  }
  return headers;
}
