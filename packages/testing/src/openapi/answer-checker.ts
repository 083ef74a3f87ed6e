import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { type Answer, closeObjects, fragmentOf, type OpenApi } from './document.js';

const ROOT = 'openapi';
const PROBLEM_TYPE = 'application/problem+json';
const COMPONENT = '#/components/responses/';
const MAX_SHOWN = 3;

export type CheckedAnswer = {
  status: number;
  contentType: string | undefined;
  text: string;
  /** The answer to HEAD has no body. */
  isHead?: boolean;
};

export type AnswerChecker = {
  isDeclared: (method: string, path: string) => boolean;
  /**
   * Says how an answer of a route differs from what the document declares for it: its status, content type, fields, or
   * the code of a problem. Undefined when it does not. `path` is the template: `/v1/alerts/{uuid}`.
   */
  faultOf: (method: string, path: string, answer: CheckedAnswer) => string | undefined;
  /** The same for an answer outside of the declared routes, which has to be a problem with one of these codes. */
  faultOfProblem: (answer: CheckedAnswer, codes: readonly string[]) => string | undefined;
};

/** Checks answers against an OpenAPI 3.1 document, by a validator that did not write its schemas. */
export function createAnswerChecker(document: OpenApi): AnswerChecker {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: true });
  formats.default(ajv);
  ajv.addSchema(closeObjects(document), ROOT);
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = (fragment: string): ValidateFunction => {
    const known = compiled.get(fragment) ?? ajv.compile({ $ref: ROOT + fragment });
    compiled.set(fragment, known);
    return known;
  };

  function faultOfBody(fragment: string, { text, isHead }: CheckedAnswer): string | undefined {
    if (isHead) return text === '' ? undefined : 'a body in an answer to HEAD';
    const value = parse(text);
    if (value === undefined) return `no JSON: ${text.slice(0, 100)}`;
    const validate = validatorOf(fragment);
    return validate(value) ? undefined : describe(validate.errors ?? [], value);
  }

  function faultOfProblem(answer: CheckedAnswer, codes: readonly string[]): string | undefined {
    if (answer.contentType !== PROBLEM_TYPE) return `content type ${answer.contentType}`;
    const fault = faultOfBody(fragmentOf('components', 'schemas', 'Problem'), answer);
    if (fault !== undefined || answer.isHead) return fault;
    const { status, code } = parse(answer.text) as { status: number; code: string };
    if (status !== answer.status) return `a problem with status ${status}`;
    return codes.includes(code) ? undefined : `code ${code}`;
  }

  const operationOf = (method: string, path: string) => document.paths[path]?.[verbOf(method)];
  return {
    isDeclared: (method, path) => operationOf(method, path) !== undefined,
    faultOfProblem,
    faultOf(method, path, answer) {
      const verb = verbOf(method);
      const operation = operationOf(method, path);
      if (!operation) return `${method} ${path} is not declared`;
      const status = String(answer.status);
      const declared = operation.responses[status];
      if (!declared) return `status ${status} ${answer.text.slice(0, 200)}`;
      const { name, content } = resolve(document, declared);
      if (name !== undefined && content[PROBLEM_TYPE])
        return faultOfProblem(answer, Object.keys(content[PROBLEM_TYPE].examples ?? {}));
      if (Object.keys(content).length === 0)
        return answer.text === '' ? undefined : `a body with ${status}`;
      const type = Object.keys(content).find((one) => isOfType(answer.contentType, one));
      if (type === undefined) return `content type ${answer.contentType}`;
      if (type !== 'application/json') return undefined;
      return faultOfBody(
        fragmentOf('paths', path, verb, 'responses', status, 'content', type, 'schema'),
        answer,
      );
    },
  };
}

function resolve({ components }: OpenApi, { $ref, content = {} }: Answer) {
  if ($ref === undefined) return { name: undefined, content };
  const name = $ref.slice(COMPONENT.length);
  return { name, content: components.responses[name]?.content ?? {} };
}

/** HEAD is answered as GET is. */
const verbOf = (method: string): string => (method === 'HEAD' ? 'get' : method.toLowerCase());

/** Parameters such as `charset` count only where they are declared. */
const isOfType = (sent: string | undefined, declared: string): boolean =>
  sent === declared || sent?.split(';')[0]?.trim() === declared;

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const describe = (errors: readonly ErrorObject[], value: unknown): string =>
  errors
    .slice(0, MAX_SHOWN)
    .map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message} ${JSON.stringify(params).slice(0, 100)}`,
    )
    .concat(JSON.stringify(value).slice(0, 200))
    .join('; ');
