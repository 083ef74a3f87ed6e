import { z } from 'zod';
import { PASSES } from '../../alert/extracted-indicator.js';

/** Where a value was found, and by what. */
export const provenanceSchema = z.object({
  pass: z.enum(PASSES),
  pointer: z
    .string()
    .describe(
      'JSON Pointer into raw_payload; one too long leads to what holds the value, and ends in `/~…`',
    ),
  extractor: z.string().optional(),
  mapping_id: z.string().optional(),
  stated_as: z.string().optional().describe('The value as written, before refanging'),
  span: z
    .array(z.int())
    .length(2)
    .optional()
    .describe(
      'Start and end of the value in the string that the pointer leads to, in UTF-16 code units',
    ),
  added_by: z
    .string()
    .optional()
    .describe('Of one that was added (`pass` is `added`): id of the API key that did it'),
  agent_name: z.string().optional().describe('The agent that this key belongs to'),
});

/** The same for an alert that is stored: the pointers lead into `data` of `GET /v1/alerts/{uuid}`. */
export const alertProvenanceSchema = provenanceSchema.extend({
  pointer: z
    .string()
    .describe(
      'JSON Pointer into `data` of `GET /v1/alerts/{uuid}`: `/raw_payload/…`, `/normalized_fields/…`, `/links/occurrences` ' +
        'for a value of a later message, or `/links/self` for one that was added',
    ),
  span: provenanceSchema.shape.span.describe(
    'Start and end of the value in that text as the sender wrote it, in UTF-16 code units',
  ),
});
export type AlertProvenance = z.infer<typeof alertProvenanceSchema>;
