import {
  bulkUpdateResultSchema,
  bulkUpdateSchema,
  dataEnvelope,
  MAX_BULK_ALERTS,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type AlertOperations } from '../../operations/alerts/alerts.js';
import { callerOf } from '../caller.js';
import { replyData } from '../replies.js';

export const bulkUpdateRoute = ({ updateMany }: Pick<AlertOperations, 'updateMany'>): Route =>
  defineRoute({
    ...updateMany.access,
    method: 'PATCH',
    path: '/v1/alerts',
    operationId: 'updateAlerts',
    summary: `Move the status of up to ${MAX_BULK_ALERTS} alerts, or assign them`,
    description: 'Each alert is changed or refused by itself; `results` say which, in order.',
    tags: ['Alerts'],
    body: bulkUpdateSchema,
    responses: { 200: dataEnvelope(bulkUpdateResultSchema) },
    handler: async ({ body, ...input }) => replyData(await updateMany.run(body, callerOf(input))),
  });
