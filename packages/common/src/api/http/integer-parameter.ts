import { z } from 'zod';

/** What `Number` reads besides, such as `0x10`, `1e2`, blanks and the empty text, is refused. */
const DECIMAL = /^\d+$/;

/** An integer of a query, a path, or the arguments of a tool, where it may be a number. */
export const integerParameter = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z
    .unknown()
    .refine(
      (value) => Number.isInteger(value) || (typeof value === 'string' && DECIMAL.test(value)),
      'is no integer in decimal digits',
    )
    .pipe(z.coerce.number().int().min(minimum).max(maximum))
    // A schema of JSON describes what goes into a pipe.
    .meta({ type: 'integer', minimum, maximum });
