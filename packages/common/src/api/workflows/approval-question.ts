import { neutralize } from '../../context/neutralize.js';
import { type ApprovalResource } from './workflow-approval.js';

/** What is asked for: everything but the words of whoever asks. */
export type AskedRun = Pick<
  ApprovalResource,
  | 'workflow_name'
  | 'workflow_version'
  | 'risk_level'
  | 'alert_uuid'
  | 'indicator'
  | 'parameters'
  | 'requested_by'
  | 'expires_at'
>;

export type QuestionLine = { label: string; value: string };

/**
 * The lines of a question, made from what the run is bound to. Values are quoted where others chose them, with hidden
 * characters and line ends visible, so that no value looks like a further line.
 */
export function questionLines(asked: AskedRun): QuestionLine[] {
  const { indicator, requested_by: by } = asked;
  const who = by.key_type === 'agent' ? 'the agent' : 'a person with the key';
  return [
    {
      label: 'Run the workflow',
      value: `${quoted(asked.workflow_name)} (version ${asked.workflow_version}, risk ${asked.risk_level})`,
    },
    ...(indicator ? [{ label: 'On', value: `${indicator.type} ${quoted(indicator.value)}` }] : []),
    ...Object.entries(asked.parameters).map(([name, value]) => ({
      label: `With ${name}`,
      value: typeof value === 'string' ? quoted(value) : String(value),
    })),
    ...(asked.alert_uuid === undefined
      ? []
      : [{ label: 'For the alert', value: asked.alert_uuid }]),
    { label: 'Asked by', value: `${who} ${quoted(by.name)} (${oneLine(by.principal)})` },
    { label: 'Decide before', value: asked.expires_at },
  ];
}

/** The same as text. */
export const questionText = (asked: AskedRun): string =>
  questionLines(asked)
    .map(({ label, value }) => `${label}: ${value}`)
    .join('\n');

/** JSON's escapes show line ends and quotes. */
const quoted = (text: string): string => neutralize(JSON.stringify(text)).text;

const oneLine = (text: string): string => quoted(text).slice(1, -1);
