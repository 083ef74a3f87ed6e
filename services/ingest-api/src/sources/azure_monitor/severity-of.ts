import { type Severity } from '@calseta/common';
import { type ReadSeverity, readSeverity } from '../reading/severity.js';

/** Azure Monitor's own scale: critical, error, warning, informational, verbose. */
const SEVERITIES: readonly Severity[] = [
  'Critical',
  'High',
  'Medium',
  'Informational',
  'Informational',
];

/** Reads `Sev1` and, in the older schemas, `1`. */
export function severityOf(text: string | undefined): ReadSeverity {
  const step = /^(?:sev)?([0-4])$/i.exec(text ?? '')?.[1];
  const severity = step === undefined ? undefined : SEVERITIES[Number(step)];
  return severity === undefined || text === undefined
    ? readSeverity([text])
    : { severity, severityOriginal: text };
}
