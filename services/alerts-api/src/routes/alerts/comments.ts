import {
  commentSchema,
  createCommentSchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type CommentOperations } from '../../operations/alerts/comments.js';
import { callerOf } from '../caller.js';
import { replyPage, uuidParamsSchema } from '../replies.js';

const tags = ['Alerts'];
const path = '/v1/alerts/{uuid}/comments';

export const commentRoutes = ({ post, list }: CommentOperations): Route[] => [
  defineRoute({
    ...post.access,
    method: 'POST',
    path,
    operationId: 'postComment',
    summary: 'Comment on an alert',
    tags,
    params: uuidParamsSchema,
    body: createCommentSchema,
    responses: { 201: dataEnvelope(commentSchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body, ...input }) =>
      reply(201, jsonData(await post.run({ ...params, ...body }, callerOf(input)))),
  }),
  defineRoute({
    ...list.access,
    method: 'GET',
    path,
    operationId: 'listComments',
    summary: 'List the comments on an alert, oldest first',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(commentSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await list.run({ ...params, ...query }, callerOf(input))),
  }),
];
