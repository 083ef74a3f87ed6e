import { createHash } from 'node:crypto';
import {
  activitySchema,
  alertFilterSchema,
  alertIndicatorSchema,
  alertSchema,
  alertSummarySchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  replayAlertSchema,
  updateAlertSchema,
  type AlertMessage,
  type AlertResource,
} from '@calseta/common';
import {
  type AlertIndicatorStore,
  type AlertStore,
  type ReplayStore,
  type TriageStore,
} from '@calseta/database';
import { defineRoute, etagOf, reply, requireMatch, type Route, textReply } from '@calseta/platform';
import { found, uuidParamsSchema } from './found.js';
import { replyPage, toPageRequest } from './page.js';

export type AlertRoutesDeps = {
  alerts: AlertStore;
  alertIndicators: AlertIndicatorStore;
  triage: TriageStore;
  replays: ReplayStore;
  /** Tells the pipeline to go on; a failure is not the caller's, since the sweeper tells it too. */
  notify: (message: AlertMessage, traceparent: string) => void;
};

const tags = ['Alerts'];
const NOUN = 'alert';
/** So that no browser takes what an attacker wrote for a page. */
const RAW_MEDIA_TYPE = 'application/octet-stream';

/** Alerts: reading them, and what people and agents decide about them. */
export function alertRoutes(deps: AlertRoutesDeps): Route[] {
  const { alerts, alertIndicators, triage, replays, notify } = deps;
  const assertExists = async (uuid: string) =>
    found(NOUN, (await alerts.exists(uuid)) ? uuid : undefined);

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/alerts',
      scope: 'alerts:read',
      summary: 'List alerts, newest first',
      tags,
      query: pageQuerySchema.extend(alertFilterSchema.shape),
      responses: { 200: listEnvelope(alertSummarySchema) },
      handler: async ({ query }) => replyPage(await alerts.list(query, toPageRequest(query))),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/alerts/{uuid}',
      scope: 'alerts:read',
      summary: 'Read an alert with its payload',
      tags,
      params: uuidParamsSchema,
      responses: { 200: dataEnvelope(alertSchema) },
      errors: ['resource.not_found'],
      handler: async ({ params }) => replyAlert(found(NOUN, await alerts.get(params.uuid))),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/alerts/{uuid}/raw',
      scope: 'alerts:read',
      summary: 'Read what the sender sent, to the byte',
      description:
        'Whatever an attacker wrote into it, hidden characters included: evidence, not for a model. ' +
        '`X-Original-Content-Type` says how it was declared.',
      tags,
      params: uuidParamsSchema,
      responses: { 200: null },
      produces: [RAW_MEDIA_TYPE],
      errors: ['resource.not_found'],
      handler: async ({ params }) => {
        const { bytes, contentType } = found(NOUN, await alerts.getOriginal(params.uuid));
        return textReply(200, RAW_MEDIA_TYPE, bytes, {
          'Content-Disposition': `attachment; filename="alert-${params.uuid}.raw"`,
          'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
          ...(contentType !== null && { 'X-Original-Content-Type': contentType }),
        });
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/alerts/{uuid}',
      scope: 'alerts:triage',
      summary: 'Move the status, or change severity, tags, classification or verdict',
      description:
        'Open → Triaging or Escalated → Closed; Triaging and Escalated may change into each other; ' +
        'Closed is final; the same status again is no error. Honours `If-Match`: the `ETag` changes with ' +
        'what is decided here and with the computed verdict, not with repeats.',
      tags,
      params: uuidParamsSchema,
      body: updateAlertSchema,
      fieldScopes: { malice_override: 'config:write' },
      responses: { 200: dataEnvelope(alertSchema) },
      errors: ['resource.not_found', 'alert.transition_invalid', 'resource.precondition_failed'],
      handler: async ({ params, body, principal, request }) => {
        const updated = await triage.update(params.uuid, {
          changes: body,
          actor: principal.keyId,
          assertUnchanged: (current) =>
            requireMatch(request.headers['if-match'], triageTag(current)),
        });
        return replyAlert(found(NOUN, updated));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/alerts/{uuid}/indicators',
      scope: 'alerts:read',
      summary: 'List the indicators of an alert, most telling first',
      tags,
      params: uuidParamsSchema,
      query: pageQuerySchema,
      responses: { 200: listEnvelope(alertIndicatorSchema) },
      errors: ['resource.not_found'],
      handler: async ({ params, query }) =>
        replyPage(
          await alertIndicators.list(await assertExists(params.uuid), toPageRequest(query)),
        ),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/alerts/{uuid}/activity',
      scope: 'alerts:read',
      summary: 'List what happened to an alert, oldest first',
      tags,
      params: uuidParamsSchema,
      query: pageQuerySchema,
      responses: { 200: listEnvelope(activitySchema) },
      errors: ['resource.not_found'],
      handler: async ({ params, query }) =>
        replyPage(await alerts.listActivity(await assertExists(params.uuid), toPageRequest(query))),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/alerts/{uuid}/replay',
      scope: 'alerts:write',
      summary: 'Send an alert through the pipeline again, from a stage on',
      description:
        'A new revision: agents that match are pushed to again, with a new webhook-id. Pushes of earlier ' +
        'revisions that still wait are cancelled.',
      tags,
      params: uuidParamsSchema,
      body: replayAlertSchema,
      responses: { 202: dataEnvelope(alertSchema) },
      errors: ['resource.not_found', 'resource.conflict'],
      handler: async ({ params, body, principal, request }) => {
        const message = found(NOUN, await replays.replay(params.uuid, body.from, principal.keyId));
        notify(message, request.traceparent);
        return reply(202, jsonData(found(NOUN, await alerts.get(params.uuid))));
      },
    }),
  ];
}

/** Names what is decided about an alert, and by: a repeat, or a stage that it passes, is no other version. */
function triageTag(alert: AlertResource): string {
  const { status, severity, tags, malice, malice_override, close_classification } = alert;
  const decided = [status, severity, tags, malice, malice_override, close_classification];
  return etagOf(createHash('sha256').update(JSON.stringify(decided)).digest('base64url'));
}

const replyAlert = (alert: AlertResource) =>
  reply(200, jsonData(alert), { ETag: triageTag(alert) });
