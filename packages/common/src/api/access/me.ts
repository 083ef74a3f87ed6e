import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { keyTypeSchema, scopeSchema } from './scope.js';

/** The key that a request was made with. */
export const meSchema = z
  .object({
    key_id: z.string(),
    name: z.string(),
    key_type: keyTypeSchema,
    principal: z.string().describe('The person or agent that the key stands for'),
    scopes: z.array(scopeSchema),
    allowed_sources: z
      .array(z.string())
      .nullable()
      .describe('Sources that it may ingest for; null: any'),
    agent_uuid: uuidSchema.optional().describe('The agent that the key belongs to'),
    is_shadow: z.boolean().describe('Whether that agent is in shadow mode and can change nothing'),
    server_version: z.string(),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof meSchema>;
