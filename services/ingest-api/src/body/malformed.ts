import { AppError } from '@calseta/common';
import { type Place } from './place.js';

/** Characters before and after a fault that its report shows. */
export const SHOWN_AROUND_FAULT = 40;

export type FaultReport = {
  place: Place;
  /** What should have stood there. */
  expected: string;
  before: string;
  after: string;
};

/** The refusal of a body, or of a part of one, that is not JSON: with the place, and what stands around it. */
export function malformed({ place, expected, before, after }: FaultReport): AppError {
  const { line, column } = place;
  const behind = after === '' ? 'the end of the text' : quoted(after);
  return new AppError(
    'request.malformed',
    `The body is not valid JSON: line ${line}, column ${column} should have ${expected}, ` +
      `between ${before === '' ? 'the beginning' : quoted(before)} and ${behind}.`,
  );
}

/** On one line, whatever stands in it. */
const quoted = (text: string): string => JSON.stringify(text);

/** What a report shows of a text around a place in it. */
export const textAround = (text: string, at: number): Pick<FaultReport, 'before' | 'after'> => ({
  before: text.slice(Math.max(0, at - SHOWN_AROUND_FAULT), at),
  after: text.slice(at, at + SHOWN_AROUND_FAULT),
});
