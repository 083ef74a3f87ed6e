import { createMuteSchema, dataEnvelope, jsonData, muteSchema } from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type MuteOperations } from '../../operations/agents/mutes.js';
import { callerOf } from '../caller.js';
import { deleteRoute, readRoutes, type ResourceDescription } from '../resources.js';

const DESCRIPTION: ResourceDescription = {
  path: '/v1/mutes',
  noun: 'mute',
  tag: 'Mutes',
  asWrittenFor: 'config:write',
};

export const muteRoutes = (operations: MuteOperations): Route[] => [
  defineRoute({
    ...operations.create.access,
    method: 'POST',
    path: '/v1/mutes',
    operationId: 'createMute',
    asWrittenFor: DESCRIPTION.asWrittenFor,
    summary: 'Mute alerts for a time',
    description:
      'Alerts that match are stored and enriched as ever, and pushed to nobody. `GET /v1/alerts?is_muted=true` ' +
      'lists them; their activity names the mute. When it ends or is deleted, alerts that were muted are not pushed ' +
      'by themselves: replay them.',
    tags: [DESCRIPTION.tag],
    body: createMuteSchema,
    responses: { 201: dataEnvelope(muteSchema) },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) =>
      reply(201, jsonData(await operations.create.run(body, callerOf(input)))),
  }),
  ...readRoutes(DESCRIPTION, { resource: muteSchema }, operations),
  deleteRoute(DESCRIPTION, operations.remove),
];
