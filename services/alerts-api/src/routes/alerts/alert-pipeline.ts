import {
  alertSchema,
  dataEnvelope,
  enrichedAlertSchema,
  jsonData,
  lookupScopeSchema,
  reparsedAlertSchema,
  replayAlertSchema,
  replayPreviewSchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type AlertOperations } from '../../operations/alerts/alerts.js';
import { callerOf } from '../caller.js';
import { uuidParamsSchema } from '../replies.js';

const tags = ['Alerts'];
const path = '/v1/alerts/{uuid}';

type PipelineOperations = Pick<AlertOperations, 'replay' | 'reparse' | 'enrich'>;

/** Sends an alert through stages again. */
export const alertPipelineRoutes = ({ replay, reparse, enrich }: PipelineOperations): Route[] => [
  enrichRoute(enrich),
  replayRoute(replay),
  defineRoute({
    ...reparse.access,
    method: 'POST',
    path: `${path}/reparse`,
    operationId: 'reparseAlert',
    summary: 'Read the payload of a quarantined alert again, as its source is read today',
    description:
      'Once readable, the alert goes through the pipeline like any other; 409 says why it is not.',
    tags,
    params: uuidParamsSchema,
    responses: { 202: dataEnvelope(reparsedAlertSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'service.unavailable'],
    handler: async ({ params, ...input }) =>
      reply(202, jsonData(await reparse.run(params, callerOf(input)))),
  }),
];

const enrichRoute = (enrich: AlertOperations['enrich']): Route =>
  defineRoute({
    ...enrich.access,
    method: 'POST',
    path: `${path}/enrich`,
    operationId: 'enrichAlert',
    summary: 'Ask the providers about an alert again',
    description:
      'Waits for the answers, at most as long as an alert does. Agents that match are pushed to again only when a ' +
      'provider knows something new or a verdict has changed; to push without a change, replay the alert.',
    tags,
    params: uuidParamsSchema,
    body: lookupScopeSchema,
    bodyOptional: true,
    responses: { 202: dataEnvelope(enrichedAlertSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'service.unavailable'],
    handler: async ({ params, body, ...input }) =>
      reply(202, jsonData(await enrich.run({ ...params, ...body }, callerOf(input)))),
  });

const replayRoute = (replay: AlertOperations['replay']): Route =>
  defineRoute({
    ...replay.access,
    method: 'POST',
    path: `${path}/replay`,
    operationId: 'replayAlert',
    summary: 'Send an alert through the pipeline again, from a stage on',
    description:
      'A new revision: agents that match are pushed to again, with a new webhook-id. Pushes of earlier ' +
      'revisions that still wait are cancelled. With `mode: dry` nothing changes, and the answer is 200 with what the ' +
      'replay would change: indicators, where it starts at `extract`, what the providers would be asked, where it starts ' +
      'at `enrich`, and which agents would get the alert. No provider is asked for it.',
    tags,
    params: uuidParamsSchema,
    body: replayAlertSchema,
    responses: { 200: dataEnvelope(replayPreviewSchema), 202: dataEnvelope(alertSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'service.unavailable'],
    handler: async ({ params, body, ...input }) => {
      const replayed = await replay.run({ ...params, ...body }, callerOf(input));
      return replayed.mode === 'dry'
        ? reply(200, jsonData(replayed.preview))
        : reply(202, jsonData(replayed.alert));
    },
  });
