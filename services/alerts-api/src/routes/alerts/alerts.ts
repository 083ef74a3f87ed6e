import {
  activityQuerySchema,
  activitySchema,
  alertListQuerySchema,
  alertContextSchema,
  alertIndicatorSchema,
  alertSchema,
  alertSummarySchema,
  contextQuerySchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  occurrenceSchema,
  pageQuerySchema,
  relationshipGraphSchema,
  tellActivity,
  updateAlertSchema,
  wholeAlertQuerySchema,
  wholeAlertSchema,
  type AlertSummary,
  uuidSchema,
} from '@calseta/common';
import { type OriginalAlert } from '@calseta/database';
import { defineRoute, etagOf, reply, requireMatch, type Route, textReply } from '@calseta/platform';
import { z } from 'zod';
import { alertVersion, type AlertOperations } from '../../operations/alerts/alerts.js';
import { callerOf } from '../caller.js';
import { addIndicatorsRoute } from './add-indicators.js';
import { alertPipelineRoutes } from './alert-pipeline.js';
import { postAlertRoute } from './post-alert.js';
import { replyData, replyNothing, replyPage, uuidParamsSchema } from '../replies.js';

const tags = ['Alerts'];
const path = '/v1/alerts/{uuid}';
/** Keeps browsers from rendering an attacker's text as a page. */
const RAW_MEDIA_TYPE = 'application/octet-stream';

export const alertRoutes = (operations: AlertOperations): Route[] => [
  ...readingRoutes(operations),
  postAlertRoute(operations),
  contextRoute(operations),
  ...partRoutes(operations),
  addIndicatorsRoute(operations),
  originalOccurrenceRoute(operations),
  updateRoute(operations),
  removeRoute(operations),
  ...alertPipelineRoutes(operations),
];

const readingRoutes = ({ list, get, getOriginal }: AlertOperations): Route[] => [
  defineRoute({
    ...list.access,
    method: 'GET',
    path: '/v1/alerts',
    operationId: 'listAlerts',
    summary: 'List alerts, newest first',
    tags,
    query: alertListQuerySchema,
    responses: { 200: listEnvelope(alertSummarySchema) },
    handler: async ({ query, ...input }) => replyPage(await list.run(query, callerOf(input))),
  }),
  defineRoute({
    ...get.access,
    method: 'GET',
    path,
    operationId: 'getAlert',
    summary: 'Read an alert with everything that is known about it',
    description:
      'The fields of the alert, and beside them what a push carries, in its names and shapes. ' +
      '`_metadata.untrusted_paths` names what an attacker could have written.',
    tags,
    params: uuidParamsSchema,
    query: wholeAlertQuerySchema,
    responses: { 200: dataEnvelope(wholeAlertSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyAlert(await get.run({ ...params, ...query }, callerOf(input))),
  }),
  defineRoute({
    ...getOriginal.access,
    method: 'GET',
    path: `${path}/raw`,
    operationId: 'getOriginalAlert',
    summary: 'Read what the sender sent, to the byte',
    description:
      'Whatever an attacker wrote into it, hidden characters included: evidence, not for a model. ' +
      '`X-Original-Content-Type` says how it was declared.',
    tags,
    params: uuidParamsSchema,
    responses: { 200: null },
    produces: [RAW_MEDIA_TYPE],
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      const original = await getOriginal.run(params, callerOf(input));
      return replyBytes(original, `alert-${params.uuid}`);
    },
  }),
];

/** A download that no browser shows. */
const replyBytes = ({ bytes, contentType }: OriginalAlert, name: string) =>
  textReply(200, RAW_MEDIA_TYPE, bytes, {
    'Content-Disposition': `attachment; filename="${name}.raw"`,
    'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    ...(contentType !== null && { 'X-Original-Content-Type': contentType }),
  });

const TEXT_MEDIA_TYPE = 'text/plain; charset=utf-8';
const MARKDOWN_MEDIA_TYPE = 'text/markdown; charset=utf-8';

const contextRoute = ({ getContext }: AlertOperations): Route =>
  defineRoute({
    ...getContext.access,
    method: 'GET',
    path: `${path}/context`,
    operationId: 'getAlertContext',
    summary: 'Read the context of an alert within a number of tokens',
    description:
      'The most valuable parts first, the same each time; `alert._metadata.omitted` says what is left out and where it ' +
      'can be read. In Markdown every text of others stands in a fence that it cannot close.',
    tags,
    params: uuidParamsSchema,
    query: contextQuerySchema,
    responses: { 200: dataEnvelope(alertContextSchema) },
    produces: [MARKDOWN_MEDIA_TYPE],
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) => {
      const context = await getContext.run({ ...params, ...query }, callerOf(input));
      return typeof context === 'string'
        ? textReply(200, MARKDOWN_MEDIA_TYPE, context)
        : reply(200, jsonData(context));
    },
  });

const partRoutes = ({
  listIndicators,
  listOccurrences,
  listActivity,
  readRelationships,
}: AlertOperations): Route[] => [
  defineRoute({
    ...readRelationships.access,
    method: 'GET',
    path: `${path}/relationship-graph`,
    operationId: 'getRelationshipGraph',
    summary: 'Read which alerts have the indicators of an alert',
    tags,
    params: uuidParamsSchema,
    responses: { 200: dataEnvelope(relationshipGraphSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) =>
      replyData(await readRelationships.run(params, callerOf(input))),
  }),
  defineRoute({
    ...listIndicators.access,
    method: 'GET',
    path: `${path}/indicators`,
    operationId: 'listIndicatorsOfAlert',
    summary: 'List the indicators of an alert, most telling first',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(alertIndicatorSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await listIndicators.run({ ...params, ...query }, callerOf(input))),
  }),
  defineRoute({
    ...listOccurrences.access,
    method: 'GET',
    path: `${path}/occurrences`,
    operationId: 'listOccurrencesOfAlert',
    summary: 'List the later messages about an alert, oldest first',
    description:
      'Each message whose payload said something that none before it did, and what it changed. Those that said ' +
      'nothing new are counted: `duplicate_count`, and the line `repeated` of the activity.',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(occurrenceSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await listOccurrences.run({ ...params, ...query }, callerOf(input))),
  }),
  defineRoute({
    ...listActivity.access,
    method: 'GET',
    path: `${path}/activity`,
    operationId: 'listActivityOfAlert',
    summary: 'List what happened to an alert, oldest first',
    tags,
    params: uuidParamsSchema,
    query: activityQuerySchema,
    responses: { 200: listEnvelope(activitySchema) },
    produces: [TEXT_MEDIA_TYPE],
    errors: ['resource.not_found'],
    handler: async ({ params, query: { format, ...query }, ...input }) => {
      const page = await listActivity.run({ ...params, ...query }, callerOf(input));
      if (format === 'json') return replyPage(page);
      const more = page.nextCursor === null ? '' : `More: cursor=${page.nextCursor}\n`;
      return textReply(200, TEXT_MEDIA_TYPE, tellActivity(page.items) + more);
    },
  }),
];

const originalOccurrenceRoute = ({ getOriginalOfOccurrence }: AlertOperations): Route =>
  defineRoute({
    ...getOriginalOfOccurrence.access,
    method: 'GET',
    path: `${path}/occurrences/{occurrence_uuid}/raw`,
    operationId: 'getOriginalOccurrence',
    summary: 'Read what the sender sent of a later message, to the byte',
    description: 'As `GET /v1/alerts/{uuid}/raw`: evidence, not for a model.',
    tags,
    params: uuidParamsSchema.extend({ occurrence_uuid: uuidSchema }),
    responses: { 200: null },
    produces: [RAW_MEDIA_TYPE],
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      const original = await getOriginalOfOccurrence.run(params, callerOf(input));
      return replyBytes(original, `occurrence-${params.occurrence_uuid}`);
    },
  });

const removeRoute = ({ remove }: AlertOperations): Route =>
  defineRoute({
    ...remove.access,
    method: 'DELETE',
    path,
    operationId: 'deleteAlert',
    summary: 'Delete an alert with everything that hangs on it',
    description:
      'Its occurrences, findings, activity and deliveries go with it, and its indicators no longer count it. Pushes that ' +
      'wait are not sent. A repeat of it becomes a new alert.',
    tags,
    params: uuidParamsSchema,
    responses: { 204: null },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      await remove.run(params, callerOf(input));
      return replyNothing();
    },
  });

const updateRoute = ({ update }: AlertOperations): Route =>
  defineRoute({
    ...update.access,
    method: 'PATCH',
    path,
    operationId: 'updateAlert',
    summary: 'Move the status, or change severity, tags, classification or verdict',
    description:
      'Open → Triaging or Escalated → Closed; Triaging and Escalated may change into each other; ' +
      'Closed is final; the same status again is no error. Honours `If-Match`: the `ETag` changes with ' +
      'what is decided here and with the computed verdict, not with repeats.',
    tags,
    params: uuidParamsSchema,
    headers: z.object({ 'If-Match': z.string().optional().describe('An `ETag` of the alert') }),
    body: updateAlertSchema,
    responses: { 200: dataEnvelope(alertSchema) },
    errors: [
      'resource.not_found',
      'alert.transition_invalid',
      'resource.conflict',
      'resource.precondition_failed',
    ],
    handler: async ({ params, body: changes, ...input }) => {
      const ifMatch = input.request.headers['if-match'];
      const assertVersion = (version: string) => requireMatch(ifMatch, etagOf(version));
      return replyAlert(await update.run({ ...params, changes, assertVersion }, callerOf(input)));
    },
  });

const replyAlert = <A extends AlertSummary>(alert: A) =>
  reply(200, jsonData(alert), { ETag: etagOf(alertVersion(alert)) });
