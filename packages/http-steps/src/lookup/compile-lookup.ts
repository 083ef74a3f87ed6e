import { fieldsOf, type IndicatorType, type Issue, type Malice, type Rule } from '@calseta/common';
import { type FieldDefinition } from '../fields/field-schema.js';
import {
  type Compiled,
  compileAuth,
  type CompiledAuth,
  type CompiledStep,
  compileSteps,
  RULE_ROOTS,
} from '../steps/compile-steps.js';
import { problemsOfRule } from '../templates/rule-template.js';
import { parseTemplate, type Template } from '../templates/template.js';
import { type LookupDefinition } from './lookup-schema.js';

/** Roots of placeholders in the steps of a provider, besides `steps`. */
export const LOOKUP_ROOTS = ['indicator', 'secrets'] as const;
const REASON_ROOTS = ['extracted', 'indicator'];

export type CompiledLookup = {
  indicatorTypes: readonly IndicatorType[];
  auth: CompiledAuth;
  secrets: readonly string[];
  redact: readonly string[];
  steps: readonly CompiledStep[];
  fields: readonly FieldDefinition[];
  malice: readonly { when: Rule; malice: Malice; reason?: Template }[];
};

/** Checks what the schema cannot: placeholders, and references to steps and facts. */
export function compileLookup(definition: LookupDefinition): Compiled<CompiledLookup> {
  const { auth = { kind: 'none' }, secrets = [], steps, fields, malice } = definition;
  const compiledSteps = compileSteps(steps, LOOKUP_ROOTS);
  const compiledAuth = compileAuth(auth, LOOKUP_ROOTS);
  const reasons = malice.map(({ reason }, index) => readReason(reason, `/malice/${index}/reason`));
  const issues = [
    ...issuesOf(compiledSteps),
    ...issuesOf(compiledAuth),
    ...reasons.flatMap((reason) => issuesOf(reason)),
    ...unknownNames(definition),
    ...fields.flatMap(({ where }, index) =>
      where
        ? problemsOfRule(where, RULE_ROOTS).map((message) => ({
            pointer: `/fields/${index}/where`,
            message,
          }))
        : [],
    ),
  ];
  if (!compiledSteps.ok || !compiledAuth.ok || issues.length > 0) return { ok: false, issues };
  return {
    ok: true,
    value: {
      indicatorTypes: definition.indicator_types,
      auth: compiledAuth.value,
      secrets,
      redact: definition.redact ?? [],
      steps: compiledSteps.value,
      fields,
      malice: malice.map(({ when, malice: verdict }, index) => {
        const reason = reasons[index];
        return {
          when,
          malice: verdict,
          ...(reason?.ok && reason.value && { reason: reason.value }),
        };
      }),
    },
  };
}

const issuesOf = (compiled: Compiled<unknown>): Issue[] => (compiled.ok ? [] : compiled.issues);

function readReason(reason: string | undefined, pointer: string): Compiled<Template | undefined> {
  if (reason === undefined) return { ok: true, value: undefined };
  const parsed = parseTemplate(reason, REASON_ROOTS);
  return parsed.ok
    ? { ok: true, value: parsed.template }
    : { ok: false, issues: [{ pointer, message: parsed.problem }] };
}

/** Fields must refer to existing steps, and malice rules to existing facts. */
function unknownNames({ steps, fields, malice }: LookupDefinition): Issue[] {
  const stepNames = new Set(steps.map(({ name }) => name));
  const facts = new Set([...fields.map(({ name }) => name), 'indicator']);
  return [
    ...fields.flatMap(({ step }, index) =>
      step === undefined || stepNames.has(step)
        ? []
        : [{ pointer: `/fields/${index}/step`, message: `no step is named \`${step}\`` }],
    ),
    ...malice.flatMap(({ when }, index) =>
      fieldsOf(when)
        .filter((field) => !facts.has(field.split('.')[0] ?? ''))
        .map((field) => ({
          pointer: `/malice/${index}/when`,
          message: `no field is named \`${field}\``,
        })),
    ),
  ];
}
