import { fieldsOf, type Issue, type Rule } from '@calseta/common';
import {
  type Compiled,
  compileAuth,
  type CompiledAuth,
  type CompiledStep,
  compileSteps,
  RULE_ROOTS,
} from '../steps/compile-steps.js';
import { textsIn } from '../redact/redact-keys.js';
import { isBodiless } from '../steps/step-schema.js';
import { problemsOfRule } from '../templates/rule-template.js';
import { type KeptPaths, keptPathsOf } from './kept-values.js';
import { formsOfSecrets, redactedKeysOf, type SecretForm } from './secret-use.js';
import { type WorkflowDefinition, type WorkflowStep } from './workflow-schema.js';

/** Roots of placeholders in the steps of a workflow, besides `steps`. */
export const WORKFLOW_ROOTS = [
  'indicator',
  'alert',
  'parameters',
  'secrets',
  'reason',
  'confidence',
  'run',
  'requested_by',
] as const;

/** Where `skip_if` may look. */
const SKIP_ROOTS = ['steps', 'parameters', 'indicator'];

export type CompiledWorkflowStep = CompiledStep & {
  mayRepeat: boolean;
  skipIf?: Rule;
  done?: Rule;
  notApplicable?: Rule;
  /** Path in the answer. */
  exactlyOne?: string;
  expect?: { rule: Rule; withinSeconds: number };
};

export type CompiledWorkflow = {
  auth: CompiledAuth;
  steps: readonly CompiledWorkflowStep[];
  redact: readonly string[];
  /** What later steps read of the answer of each. */
  kept: KeptPaths;
  /** In which the steps send secrets, besides as they are. */
  forms: readonly SecretForm[];
};

/** Checks what the schema cannot: placeholders, and references to steps. */
export function compileWorkflow(definition: WorkflowDefinition): Compiled<CompiledWorkflow> {
  const { steps, auth = { kind: 'none' } } = definition;
  const compiledSteps = compileSteps(steps, WORKFLOW_ROOTS);
  const compiledAuth = compileAuth(auth, WORKFLOW_ROOTS);
  const issues = [
    ...(compiledSteps.ok ? [] : compiledSteps.issues),
    ...(compiledAuth.ok ? [] : compiledAuth.issues),
    ...bareRoots(definition),
    ...steps.flatMap((step, index) => problemsOf(step, steps.slice(0, index), `/steps/${index}`)),
  ];
  if (!compiledSteps.ok || !compiledAuth.ok || issues.length > 0) return { ok: false, issues };
  return {
    ok: true,
    value: {
      auth: compiledAuth.value,
      kept: keptPathsOf(definition),
      redact: redactedKeysOf(definition),
      forms: formsOfSecrets(definition),
      steps: steps.flatMap((step, index) => {
        const compiled = compiledSteps.value[index];
        return compiled ? [{ ...compiled, ...extrasOf(step) }] : [];
      }),
    },
  };
}

const BARE_ROOT = /\{\{\s*(?:secrets|steps)\s*[|}]/;

/** A whole root in a JSON body would be sent as it is, with everything in it. */
const bareRoots = ({ steps, auth }: WorkflowDefinition): Issue[] =>
  [
    ...steps.map((step, index) => ({ part: step, pointer: `/steps/${index}` })),
    { part: auth, pointer: '/auth' },
  ]
    .filter(({ part }) => textsIn(part).some((text) => BARE_ROOT.test(text)))
    .map(({ pointer }) => ({ pointer, message: 'names a root without what is wanted of it' }));

const extrasOf = (step: WorkflowStep): Omit<CompiledWorkflowStep, keyof CompiledStep> => ({
  mayRepeat: step.may_repeat ?? isBodiless(step.method),
  ...(step.skip_if && { skipIf: step.skip_if }),
  ...(step.done && { done: step.done }),
  ...(step.not_applicable && { notApplicable: step.not_applicable }),
  ...(step.exactly_one !== undefined && { exactlyOne: step.exactly_one }),
  ...(step.expect && {
    expect: { rule: step.expect, withinSeconds: step.expect_within_seconds ?? 0 },
  }),
});

function problemsOf(
  step: WorkflowStep,
  earlier: readonly WorkflowStep[],
  pointer: string,
): Issue[] {
  const rules = ['done', 'not_applicable', 'expect'] as const;
  return [
    ...rules.flatMap((name) =>
      problemsOfRule(step[name] ?? {}, RULE_ROOTS).map((message) => ({
        pointer: `${pointer}/${name}`,
        message,
      })),
    ),
    ...fieldsOf(step.skip_if ?? {}).flatMap((field) => {
      const message = problemOfField(field, earlier);
      return message === undefined ? [] : [{ pointer: `${pointer}/skip_if`, message }];
    }),
    ...stepsNamedBy(step).flatMap(({ name, at }) =>
      earlier.some((one) => one.name === name)
        ? []
        : [{ pointer: `${pointer}${at}`, message: `no earlier step is named \`${name}\`` }],
    ),
  ];
}

function problemOfField(field: string, earlier: readonly WorkflowStep[]): string | undefined {
  const [root = '', name = ''] = field.split('.');
  if (!SKIP_ROOTS.includes(root))
    return `names the unknown root \`${root}\`; known are ${SKIP_ROOTS.join(', ')}`;
  return root !== 'steps' || earlier.some((one) => one.name === name)
    ? undefined
    : `no earlier step is named \`${name}\``;
}

const STEP_NAMED = /\{\{\s*steps\.([A-Za-z0-9_]+)/g;

/** The steps whose answers a step reads, with the part of it that does. */
function stepsNamedBy(step: WorkflowStep): { name: string; at: string }[] {
  const parts = ['url', 'headers', 'query', 'json', 'form', 'auth'] as const;
  return parts.flatMap((part) =>
    textsIn(step[part]).flatMap((text) =>
      [...text.matchAll(STEP_NAMED)].map(([, name = '']) => ({ name, at: `/${part}` })),
    ),
  );
}
