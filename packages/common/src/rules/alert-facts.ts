import { type Severity } from '../alert/severity.js';

/** The facts of an alert that filters and targeting rules can test. */
export type AlertFacts = {
  sourceName: string;
  severity: Severity;
  title: string;
  tags: readonly string[];
  /** Hosts and users that the payload names. */
  hosts: readonly string[];
  users: readonly string[];
};
