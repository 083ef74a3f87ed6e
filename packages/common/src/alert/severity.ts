import { z } from 'zod';
import { type Lane } from '../pipeline.js';

/** Severities, lowest first. */
export const SEVERITIES = [
  'Pending',
  'Informational',
  'Low',
  'Medium',
  'High',
  'Critical',
] as const;
export const severitySchema = z.enum(SEVERITIES);
export type Severity = z.infer<typeof severitySchema>;

export const compareSeverity = (a: Severity, b: Severity): number =>
  SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);

export const isAtLeast = (severity: Severity, minimum: Severity): boolean =>
  compareSeverity(severity, minimum) >= 0;

export const laneFor = (severity: Severity): Lane =>
  isAtLeast(severity, 'High') ? 'urgent' : 'normal';

export const severitiesOf = (lane: Lane): Severity[] =>
  SEVERITIES.filter((severity) => laneFor(severity) === lane);
