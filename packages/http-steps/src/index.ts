export { type AnswerTree, type StepAnswer, valuesAt } from './answers/answer-tree.js';
export * from './answers/read-answer.js';
export * from './answers/wait-hint.js';
export * from './fields/extract-fields.js';
export * from './fields/field-schema.js';
export * from './lookup/compile-lookup.js';
export * from './lookup/lookup-schema.js';
export * from './lookup/provider-schema.js';
export * from './lookup/own-hosts.js';
export * from './lookup/run-lookup.js';
export { textsIn } from './redact/redact-keys.js';
export { prepareSecrets, redactSecrets, type Spellings } from './redact/redact-secrets.js';
export { MIN_SECRET_CHARACTERS } from './redact/secret-spellings.js';
export { readingsOf } from './redact/unescape.js';
export * from './run/answer-recorded.js';
export {
  noTokens,
  type AccessToken,
  type TokenAnswer,
  TOKEN_STEP,
  type TokenSource,
} from './run/obtain-token.js';
export { runSteps, type StepsResult, type StepsRun } from './run/run-steps.js';
export { type Send, type SendResult, type StepTrace } from './run/take-step.js';
export {
  type Compiled,
  compileAuth,
  type CompiledAuth,
  type CompiledStep,
  compileSteps,
} from './steps/compile-steps.js';
export { NO_BASE, type StepRequest } from './steps/render-request.js';
export * from './steps/step-schema.js';
export { describeIndicator } from './templates/describe-indicator.js';
export {
  parseTemplate,
  renderText,
  type TemplateScope,
  type Template,
} from './templates/template.js';
export * from './workflow/compile-workflow.js';
export {
  describeStep,
  isSuccess,
  type JudgedStep,
  type WorkflowStepOutcome,
} from './workflow/judge-step.js';
export * from './workflow/recording.js';
export * from './workflow/run-workflow.js';
export * from './workflow/secret-use.js';
export * from './workflow/show-requests.js';
export * from './workflow/workflow-schema.js';
