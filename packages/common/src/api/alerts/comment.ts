import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { timestampSchema } from '../http/fields.js';

export const MAX_COMMENT_CHARACTERS = 10_000;
/** Comments that one alert takes, so that an agent in a loop fills no disk. */
export const MAX_COMMENTS_OF_ALERT = 1_000;

const textSchema = z.string().trim().min(1).max(MAX_COMMENT_CHARACTERS);

export const createCommentSchema = z
  .strictObject({ text: textSchema })
  .meta({ id: 'CreateComment' });
export type CreateComment = z.infer<typeof createCommentSchema>;

export const commentSchema = z
  .object({
    uuid: uuidSchema,
    alert_uuid: uuidSchema,
    text: textSchema,
    created_by: z.string().describe('Id of the API key that posted it'),
    agent_uuid: uuidSchema.optional(),
    agent_name: z.string().optional().describe('Name of the agent when it posted this'),
    created_at: timestampSchema,
  })
  .meta({ id: 'Comment' });
export type CommentResource = z.infer<typeof commentSchema>;
