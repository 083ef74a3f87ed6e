import { neutralize } from '../../context/neutralize.js';
import { type ApprovalResource } from './workflow-approval.js';
import { type RunResource, type RunStepResource } from './workflow-run.js';

/** A run as lines that a person reads: who asked and why, who approved it, each step, and what came of it. */
export function tellRun(run: RunResource, approval: ApprovalResource | undefined): string {
  const { requested_by: by, indicator } = run;
  const lines = [
    `Run ${run.uuid} of the workflow ${quoted(run.workflow_name)}, version ${run.workflow_version}.`,
    `${run.created_at} Asked for by ${by.key_type} ${quoted(by.name)} (${by.principal}).`,
    ...(indicator ? [`  On ${indicator.type} ${quoted(indicator.value)}.`] : []),
    ...(run.alert_uuid === undefined ? [] : [`  For the alert ${run.alert_uuid}.`]),
    ...Object.entries(run.parameters).map(
      ([name, value]) => `  With ${name}: ${JSON.stringify(value)}.`,
    ),
    `  In its own words, untrusted: ${quoted(run.reason)}`,
    ...(approval ? decisionLines(approval) : ['No approval was needed.']),
    ...run.steps.flatMap(stepLines),
    ...(run.steps_deleted_at === undefined
      ? []
      : [`${run.steps_deleted_at} Its steps were deleted because of their age.`]),
    `${run.finished_at ?? 'Until now'}: ${run.status}${run.summary === undefined ? '' : `. ${toldEnd(run.status, run.summary)}`}`,
  ];
  return neutralize(`${lines.join('\n')}\n`).text;
}

function decisionLines(approval: ApprovalResource): string[] {
  const { status, decided_by: by, decided_via: way, decided_at: at, reason } = approval;
  if (status === 'pending') return [`Waits for a decision until ${approval.expires_at}.`];
  if (by === undefined) return [`Nobody decided before ${approval.expires_at}.`];
  return [
    `${at ?? ''} ${status} by ${quoted(by)} (by ${way ?? 'key'}), bound to ${approval.parameters_hash.slice(0, 12)}: ${quoted(reason ?? '')}`,
  ];
}

function stepLines(step: RunStepResource): string[] {
  const { request, response, answered_at: at } = step;
  return [
    `${step.sent_at} Step ${step.number} ${quoted(step.name)}: ${request.method} ${request.url}`,
    ...(request.body === undefined ? [] : [`  Sent: ${quoted(request.body)}`]),
    ...(response
      ? [
          `${at ?? ''}   Answered ${response.status}: ${quoted(response.body)}${response.is_cut === true ? ' (cut)' : ''}`,
        ]
      : ['  No answer is known.']),
    ...(step.outcome === undefined
      ? []
      : [`  ${step.outcome}${step.message === undefined ? '' : `: ${quoted(step.message)}`}`]),
  ];
}

/** Why a run failed may repeat words of the vendor. */
const toldEnd = (status: RunResource['status'], summary: string): string =>
  status === 'failed' ? quoted(summary) : summary;

const quoted = (text: string): string => JSON.stringify(text);
