import type { IndicatorType } from '../indicator-type.js';

/** A piece of text that reads as an indicator of a type; not yet canonical. */
export type Finding = {
  type: IndicatorType;
  value: string;
  /** Character offset in the text that was scanned. */
  offset: number;
  /** Which scanner found it. */
  rule: string;
};

/** What the place of a text allows. */
export type TextPolicy = {
  /** Bare names and bare hexadecimal count only in prose, command lines and logs, not in paths and ids. */
  isProse: boolean;
  /** The key says that names here are hosts or mailboxes, so that internal suffixes are fine. */
  acceptsAnySuffix: boolean;
};

/** [start, end) of what a scanner has read, so that the next does not read it again. */
export type Span = readonly [start: number, end: number];
