import { type Issue, type NormalizedAlert } from '@calseta/common';

export type NormalizeOutcome =
  /** `isCut`: a limit left part of the payload unread; the alert's notes name it. */
  | { kind: 'normalized'; alert: NormalizedAlert; isCut?: true }
  /** Not this vendor's format: kept raw and quarantined, never refused. */
  | { kind: 'unreadable'; reason: string }
  /** Breaks the documented schema of its source: refused with 422. */
  | { kind: 'invalid'; issues: Issue[] };

/** Reads the alerts of one vendor. Pure: no clock, no I/O, and no change of the payload. */
export interface SourcePlugin {
  readonly name: string;
  /**
   * The alerts inside an envelope, undefined when it is none; each is stored, read and reparsed on its own. Parts
   * that repeat the fields of the envelope are made on demand.
   */
  split?(payload: unknown): Iterable<unknown> | undefined;
  /** Its parts contain the fields of their envelope. */
  readonly keepsEnvelope?: true;
  normalize(payload: unknown): NormalizeOutcome;
}
