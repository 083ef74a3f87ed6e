import {
  createFindingSchema,
  dataEnvelope,
  findingFilterSchema,
  findingSchema,
  jsonData,
  listEnvelope,
  pageQuerySchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type FindingOperations } from '../../operations/alerts/findings.js';
import { callerOf } from '../caller.js';
import { replyPage, uuidParamsSchema } from '../replies.js';

const tags = ['Findings'];
const path = '/v1/alerts/{uuid}/findings';

export const findingRoutes = ({ post, list }: FindingOperations): Route[] => [
  defineRoute({
    ...post.access,
    method: 'POST',
    path,
    operationId: 'postFinding',
    summary: 'Post a finding',
    tags,
    params: uuidParamsSchema,
    body: createFindingSchema,
    responses: { 201: dataEnvelope(findingSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, body: finding, ...input }) =>
      reply(201, jsonData(await post.run({ ...params, finding }, callerOf(input)))),
  }),
  defineRoute({
    ...list.access,
    method: 'GET',
    path,
    operationId: 'listFindings',
    summary: 'List the findings of an alert, oldest first',
    description: 'Findings of agents in shadow mode are listed with `mode=shadow` alone.',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema.extend(findingFilterSchema.shape),
    responses: { 200: listEnvelope(findingSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await list.run({ ...params, ...query }, callerOf(input))),
  }),
];
