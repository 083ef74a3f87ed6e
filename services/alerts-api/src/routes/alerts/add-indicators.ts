import {
  addedIndicatorsSchema,
  addIndicatorsSchema,
  dataEnvelope,
  jsonData,
  MAX_ADDED_INDICATORS,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type AlertOperations } from '../../operations/alerts/alerts.js';
import { callerOf } from '../caller.js';
import { uuidParamsSchema } from '../replies.js';

export const addIndicatorsRoute = ({
  addIndicators,
}: Pick<AlertOperations, 'addIndicators'>): Route =>
  defineRoute({
    ...addIndicators.access,
    method: 'POST',
    path: '/v1/alerts/{uuid}/indicators',
    operationId: 'addAlertIndicators',
    summary: 'Add indicators to an alert by hand',
    description:
      'They are stored in canonical form, stay through every later extraction, and name in `provenance` who added them. ' +
      'The alert is enriched again, and agents that match get it with `alert._metadata.update`, as after an update of its ' +
      'source: gathered for ten seconds, within the hourly limit. Those that the alert has already stay as they are; ' +
      'where all are such the answer is 200 and nothing happens. A value that is malformed for its type is 422. An alert ' +
      `takes ${MAX_ADDED_INDICATORS} added indicators; 409 says when it takes no more.`,
    tags: ['Alerts'],
    params: uuidParamsSchema,
    body: addIndicatorsSchema,
    responses: {
      200: dataEnvelope(addedIndicatorsSchema),
      201: dataEnvelope(addedIndicatorsSchema),
    },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body, ...input }) => {
      const added = await addIndicators.run({ ...params, ...body }, callerOf(input));
      return added.added_count > 0 ? reply(201, jsonData(added)) : reply(200, jsonData(added));
    },
  });
