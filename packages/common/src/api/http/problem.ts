import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../core/errors.js';
import { uuidSchema } from '../../core/ids.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export const issueSchema = z.object({
  pointer: z.string().meta({
    description: 'JSON Pointer (RFC 6901) into the body, or `/<name>` of a parameter.',
  }),
  message: z.string(),
});

const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

/** RFC 9457 problem details, the body of every error. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'URI reference of the description of `code`.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.enum(codes),
    trace_id: z.string().optional(),
    errors: z.array(issueSchema).optional(),
    alert_uuid: uuidSchema
      .optional()
      .meta({ description: 'Quarantined alert under which a body that is not JSON was kept.' }),
    results: z
      .array(z.unknown())
      .optional()
      .meta({ description: 'Of a batch of which nothing was taken: a problem for each entry.' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;
