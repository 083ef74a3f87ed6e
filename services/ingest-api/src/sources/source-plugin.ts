import { type Issue, type NormalizedAlert } from '@calseta/common';

export type NormalizeOutcome =
  /** `isCut`: a limit left some of the payload unread; the alert's notes say which. */
  | { kind: 'normalized'; alert: NormalizedAlert; isCut?: true }
  /** Not this vendor's format: kept raw and set aside, never refused. */
  | { kind: 'unreadable'; reason: string }
  /** Breaks the documented schema of a source that has one: refused with 422. */
  | { kind: 'invalid'; issues: Issue[] };

/** Reads the alerts of one vendor. Pure: no clock, no IO, and the payload is never changed. */
export interface SourcePlugin {
  readonly name: string;
  /**
   * The alerts inside an envelope, undefined when it is none; each is stored, read and re-read on its own.
   * Those that repeat what stands around them are made as they are asked for.
   */
  split?(payload: unknown): Iterable<unknown> | undefined;
  normalize(payload: unknown): NormalizeOutcome;
}
