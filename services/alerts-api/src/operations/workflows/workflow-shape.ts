import { AppError, type Issue } from '@calseta/common';
import {
  type NewWorkflow,
  type WorkflowChanges,
  type WorkflowRecord,
  type WorkflowVersionRecord,
} from '@calseta/database';
import {
  compileWorkflow,
  type CreateWorkflow,
  needsBase,
  secretsOf,
  type UpdateWorkflow,
  type WorkflowDefinition,
  workflowDefinitionSchema,
  type WorkflowResource,
  type WorkflowVersionResource,
} from '@calseta/http-steps';

/** The definition of a stored workflow; without steps when another version of Calseta wrote it. */
export function definitionOf({ definition }: { definition: unknown }): WorkflowDefinition {
  const parsed = workflowDefinitionSchema.safeParse(definition);
  return parsed.success ? parsed.data : { steps: [] };
}

/** Checks placeholders and names. Throws `request.invalid`. */
export function checkedDefinition(definition: WorkflowDefinition): WorkflowDefinition {
  const compiled = compileWorkflow(definition);
  if (!compiled.ok) throw invalid(compiled.issues);
  return definition;
}

export const invalid = (issues: Issue[]): AppError =>
  new AppError('request.invalid', 'The definition of the workflow has mistakes.', { issues });

/** What follows from a definition is stored beside it. */
const withDerived = (definition: WorkflowDefinition) => ({
  definition,
  secret_names: secretsOf(definition),
  needs_base_url: needsBase(definition),
});

export function toNewWorkflow(input: CreateWorkflow): NewWorkflow {
  const { steps, auth, redact, ...settings } = input;
  const definition = checkedDefinition({
    steps,
    ...(auth && { auth }),
    ...(redact && { redact }),
  });
  return { ...settings, ...withDerived(definition) };
}

/** Keeps the parts of the definition that are not given; a null `auth` drops it. */
export function toChanges(current: WorkflowRecord, input: UpdateWorkflow): WorkflowChanges {
  const { steps, auth, redact, ...settings } = input;
  if (steps === undefined && auth === undefined && redact === undefined) return settings;
  if (current.builtin_name !== null)
    throw invalid([
      { pointer: '', message: 'the steps of a workflow that comes with Calseta stay as they are' },
    ]);
  const before = definitionOf(current);
  const nextAuth = auth === undefined ? before.auth : (auth ?? undefined);
  const nextRedact = redact ?? before.redact;
  const definition = checkedDefinition({
    steps: steps ?? before.steps,
    ...(nextAuth && { auth: nextAuth }),
    ...(nextRedact && { redact: nextRedact }),
  });
  return { ...settings, ...withDerived(definition) };
}

export const missingSecretsOf = ({ secret_names, granted_secrets }: WorkflowRecord): string[] =>
  secret_names.filter((name) => !granted_secrets.includes(name));

/** Why a workflow that is switched on can do nothing; empty when it can. */
export function obstaclesOf(record: WorkflowRecord): Issue[] {
  const missing = missingSecretsOf(record);
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            pointer: '/steps',
            message: `inactive until these secrets are granted to it: ${missing.join(', ')}`,
          },
        ]),
    ...(record.needs_base_url && record.base_url === null
      ? [{ pointer: '/base_url', message: 'inactive until it has a base URL' }]
      : []),
  ];
}

export const isActive = (record: WorkflowRecord): boolean =>
  record.is_wanted && obstaclesOf(record).length === 0;

/** What a workflow and each of its versions say. */
function shownContent(record: WorkflowRecord | WorkflowVersionRecord) {
  const { steps, auth, redact } = definitionOf(record);
  return {
    name: record.name,
    documentation: record.documentation,
    approval_mode: record.approval_mode,
    risk_level: record.risk_level,
    indicator_types: record.indicator_types,
    base_url: record.base_url,
    approvers: record.approvers,
    steps,
    ...(auth && { auth }),
    ...(redact && { redact }),
  };
}

export const toWorkflow = (record: WorkflowRecord): WorkflowResource => ({
  uuid: record.uuid,
  ...shownContent(record),
  is_active: isActive(record),
  missing_secrets: missingSecretsOf(record),
  builtin_name: record.builtin_name,
  version: record.version,
  created_at: record.created_at,
  updated_at: record.updated_at,
});

export const toWorkflowVersion = (record: WorkflowVersionRecord): WorkflowVersionResource => ({
  ...shownContent(record),
  version: record.version,
  created_by: record.created_by,
  created_at: record.created_at,
});
