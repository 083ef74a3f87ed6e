import { AppError } from '@calseta/common';
import { maskSecrets } from './mask-secrets.js';
import { type TextPlace } from './place.js';

/** Characters that a report shows before and after a fault. */
export const SHOWN_AROUND_FAULT = 40;

export type FaultReport = {
  place: TextPlace;
  expected: string;
  before: string;
  after: string;
};

/** The error for a body, or a part of one, that is not JSON: with the place and the text around it. */
export function malformed({ place, expected, before, after }: FaultReport): AppError {
  const { line, column } = place;
  const behind = after === '' ? 'the end of the text' : quoted(after);
  return new AppError(
    'request.malformed',
    `The body is not valid JSON: line ${line}, column ${column} should have ${expected}, ` +
      `between ${before === '' ? 'the beginning' : quoted(before)} and ${behind}.`,
  );
}

/** Quoted on one line, with special characters escaped. */
const quoted = (text: string): string => JSON.stringify(text);

/** The text before and after a place, as a report shows it: without secrets. */
export function textAround(text: string, at: number): Pick<FaultReport, 'before' | 'after'> {
  const show = maskSecrets(text, at - SHOWN_AROUND_FAULT, at + SHOWN_AROUND_FAULT);
  return { before: show(at - SHOWN_AROUND_FAULT, at), after: show(at, at + SHOWN_AROUND_FAULT) };
}
