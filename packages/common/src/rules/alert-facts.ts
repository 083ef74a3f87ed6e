import type { Severity } from '../alert/severity.js';

/** What filters and targeting rules may ask about an alert. */
export type AlertFacts = {
  sourceName: string;
  severity: Severity;
  title: string;
  tags: readonly string[];
  /** Machines and people that the payload names. */
  hosts: readonly string[];
  users: readonly string[];
};
