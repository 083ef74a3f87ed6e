import { AppError } from '@calseta/common';

/** The refusal of a body, or of a part of one, that is not JSON. */
export const malformed = (cause?: unknown): AppError =>
  new AppError('request.malformed', 'The body is not valid JSON.', { cause });
