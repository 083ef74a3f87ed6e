import {
  createFindingSchema,
  dataEnvelope,
  findingSchema,
  jsonData,
  listEnvelope,
  pageQuerySchema,
} from '@calseta/common';
import { type AlertStore, type TriageStore } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { found, uuidParamsSchema } from './found.js';
import { replyPage, toPageRequest } from './page.js';

export type FindingRoutesDeps = {
  alerts: Pick<AlertStore, 'exists'>;
  triage: Pick<TriageStore, 'addFinding' | 'listFindings'>;
};

const tags = ['Findings'];
const path = '/v1/alerts/{uuid}/findings';

/** Findings: what agents and people found out about an alert. */
export const findingRoutes = ({ alerts, triage }: FindingRoutesDeps): Route[] => [
  defineRoute({
    method: 'POST',
    path,
    scope: 'findings:write',
    summary: 'Post a finding',
    tags,
    params: uuidParamsSchema,
    body: createFindingSchema,
    responses: { 201: dataEnvelope(findingSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, body, principal }) => {
      const finding = await triage.addFinding(params.uuid, body, principal.keyId);
      return reply(201, jsonData(found('alert', finding)));
    },
  }),
  defineRoute({
    method: 'GET',
    path,
    scope: 'alerts:read',
    summary: 'List the findings of an alert, oldest first',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(findingSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query }) => {
      found('alert', (await alerts.exists(params.uuid)) || undefined);
      return replyPage(await triage.listFindings(params.uuid, toPageRequest(query)));
    },
  }),
];
