import { type IndicatorType, type Issue, type Rule } from '@calseta/common';
import { problemsOfRule } from '../templates/rule-template.js';
import { parseTemplate, type Template } from '../templates/template.js';
import { type Auth, type Step } from './step-schema.js';

/** A JSON body whose texts are templates. */
export type JsonTemplate =
  | { kind: 'text'; template: Template }
  | { kind: 'constant'; value: number | boolean | null }
  | { kind: 'list'; entries: JsonTemplate[] }
  | { kind: 'object'; entries: [string, JsonTemplate][] };

type Named = readonly (readonly [string, Template])[];

export type CompiledAuth =
  | { kind: 'none' }
  | { kind: 'header' | 'query'; name: string; value: Template }
  | { kind: 'basic'; username: Template; password: Template }
  | { kind: 'client_credentials'; tokenUrl: Template; form: Named };

export type CompiledStep = {
  name: string;
  method: Step['method'];
  /** One URL for every type of indicator, or one per type. */
  url: Template | Partial<Record<IndicatorType, Template>>;
  indicatorTypes?: readonly IndicatorType[];
  headers: Named;
  query: Named;
  auth?: CompiledAuth;
  json?: JsonTemplate;
  form?: Named;
  rules: Partial<Record<'error' | 'quota' | 'auth_error' | 'not_found' | 'found', Rule>>;
  isOptional: boolean;
};

export type Compiled<T> = { ok: true; value: T } | { ok: false; issues: Issue[] };

/**
 * Parses all templates of steps that fit their schema. `roots` are the known roots of placeholders besides
 * `steps`; issues have JSON Pointers below `pointer`.
 */
export function compileSteps(
  steps: readonly Step[],
  roots: readonly string[],
  pointer = '/steps',
): Compiled<CompiledStep[]> {
  const issues: Issue[] = [];
  const compiled = steps.map((step, index) =>
    compileStep(step, createReader([...roots, 'steps'], issues), `${pointer}/${index}`),
  );
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: compiled };
}

/** As `compileSteps`, for the authentication that all steps share. */
export function compileAuth(
  auth: Auth,
  roots: readonly string[],
  pointer = '/auth',
): Compiled<CompiledAuth> {
  const issues: Issue[] = [];
  const value = readAuth(auth, createReader(roots, issues), pointer);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value };
}

type ReadTemplate = (text: string, pointer: string) => Template;

type Reader = {
  template: ReadTemplate;
  url: ReadTemplate;
  rule: (rule: Rule, pointer: string) => Rule;
};

/** Roots of placeholders in rules: only those that are the same for every step. */
export const RULE_ROOTS = ['indicator'];

function createReader(roots: readonly string[], issues: Issue[]): Reader {
  const template: ReadTemplate = (text, pointer) => {
    const parsed = parseTemplate(text, roots);
    if (parsed.ok) return parsed.template;
    issues.push({ pointer, message: parsed.problem });
    return [];
  };
  return {
    template,
    url: (text, pointer) => {
      const problem = problemOfUrl(text);
      if (problem !== undefined) issues.push({ pointer, message: problem });
      return template(text, pointer);
    },
    rule: (rule, pointer) => {
      for (const message of problemsOfRule(rule, RULE_ROOTS)) issues.push({ pointer, message });
      return rule;
    },
  };
}

const ORIGIN = /^https?:\/\/[^/{}?#@\s\\]+(?=[/?]|$)/;

/** The origin must be literal, so that no value can send a secret to another host. */
function problemOfUrl(text: string): string | undefined {
  if (text.startsWith('/') && !text.startsWith('//')) return undefined;
  return ORIGIN.test(text)
    ? undefined
    : 'must begin with `/`, or with http:// or https:// and a host without placeholders';
}

function compileStep(step: Step, reader: Reader, pointer: string): CompiledStep {
  const { name, method, url, indicator_types, headers, query, auth, json, form, optional } = step;
  const { error, quota, auth_error, not_found, found } = step;
  const named = (record: Record<string, string> | undefined, key: string): Named =>
    Object.entries(record ?? {}).map(([entry, text]) => [
      entry,
      reader.template(text, `${pointer}/${key}/${escapeKey(entry)}`),
    ]);
  return {
    name,
    method,
    url: readUrls(url, reader, `${pointer}/url`),
    ...(indicator_types && { indicatorTypes: indicator_types }),
    headers: named(headers, 'headers'),
    query: named(query, 'query'),
    ...(auth && { auth: readAuth(auth, reader, `${pointer}/auth`) }),
    ...(json !== undefined && { json: readJson(json, reader, `${pointer}/json`) }),
    ...(form && { form: named(form, 'form') }),
    rules: {
      ...(error && { error: reader.rule(error, `${pointer}/error`) }),
      ...(quota && { quota: reader.rule(quota, `${pointer}/quota`) }),
      ...(auth_error && { auth_error: reader.rule(auth_error, `${pointer}/auth_error`) }),
      ...(not_found && { not_found: reader.rule(not_found, `${pointer}/not_found`) }),
      ...(found && { found: reader.rule(found, `${pointer}/found`) }),
    },
    isOptional: optional ?? false,
  };
}

function readUrls(url: Step['url'], reader: Reader, pointer: string): CompiledStep['url'] {
  if (typeof url === 'string') return reader.url(url, pointer);
  return Object.fromEntries(
    Object.entries(url).map(([type, text]) => [type, reader.url(text, `${pointer}/${type}`)]),
  );
}

function readAuth(auth: Auth, { template, url }: Reader, pointer: string): CompiledAuth {
  switch (auth.kind) {
    case 'none':
      return { kind: 'none' };
    case 'header':
    case 'query':
      return { kind: auth.kind, name: auth.name, value: template(auth.value, `${pointer}/value`) };
    case 'basic':
      return {
        kind: 'basic',
        username: template(auth.username, `${pointer}/username`),
        password: template(auth.password, `${pointer}/password`),
      };
    case 'client_credentials': {
      const { token_url, client_id, client_secret, scope } = auth;
      return {
        kind: 'client_credentials',
        tokenUrl: url(token_url, `${pointer}/token_url`),
        // RFC 6749, section 4.4.2.
        form: [
          ['grant_type', ['client_credentials']],
          ['client_id', template(client_id, `${pointer}/client_id`)],
          ['client_secret', template(client_secret, `${pointer}/client_secret`)],
          ...(scope === undefined ? [] : [['scope', template(scope, `${pointer}/scope`)] as const]),
        ],
      };
    }
  }
}

function readJson(value: unknown, reader: Reader, pointer: string): JsonTemplate {
  if (typeof value === 'string') return { kind: 'text', template: reader.template(value, pointer) };
  if (Array.isArray(value)) {
    const entries = value.map((entry, index) => readJson(entry, reader, `${pointer}/${index}`));
    return { kind: 'list', entries };
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]): [string, JsonTemplate] => [
      key,
      readJson(entry, reader, `${pointer}/${escapeKey(key)}`),
    ]);
    return { kind: 'object', entries };
  }
  return { kind: 'constant', value: value as number | boolean | null };
}

/** RFC 6901. */
const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
