import { alertSchema, dataEnvelope, jsonData, REQUESTS, uuidSchema } from '@calseta/common';
import { type AlertStore } from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { found, uuidParamsSchema } from './found.js';

const reparsedAlertSchema = alertSchema
  .extend({
    further_alert_uuids: z
      .array(uuidSchema)
      .describe('Alerts that the payload turned out to hold besides'),
  })
  .meta({ id: 'ReparsedAlert' });

/** Gives a quarantined alert another try, after its source's mapping or plugin was put right. */
export const reparseAlertRoute = ({
  alerts,
  transport,
}: {
  alerts: Pick<AlertStore, 'get'>;
  transport: Pick<PipelineTransport, 'request'>;
}): Route =>
  defineRoute({
    method: 'POST',
    path: '/v1/alerts/{uuid}/reparse',
    scope: 'alerts:write',
    summary: 'Read the payload of a quarantined alert again, as its source is read today',
    description:
      'Once readable, the alert goes through the pipeline like any other; 409 says why it is not.',
    tags: ['Alerts'],
    params: uuidParamsSchema,
    responses: { 202: dataEnvelope(reparsedAlertSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'service.unavailable'],
    handler: async ({ params, principal, request }) => {
      const { further_alert_ids: further } = await transport.request(
        REQUESTS.reparseAlert,
        { alert_id: params.uuid, actor: principal.keyId },
        request,
      );
      const alert = found('alert', await alerts.get(params.uuid));
      return reply(202, jsonData({ ...alert, further_alert_uuids: further }));
    },
  });
