import {
  createIndicatorMappingSchema,
  dataEnvelope,
  indicatorMappingSchema,
  testedIndicatorMappingsSchema,
  testIndicatorMappingsSchema,
  updateIndicatorMappingSchema,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type IndicatorMappingOperations } from '../../operations/sources/indicator-mappings.js';
import { callerOf } from '../caller.js';
import { replyData } from '../replies.js';
import { resourceRoutes } from '../resources.js';

const TAG = 'Indicator mappings';

export const indicatorMappingRoutes = (operations: IndicatorMappingOperations): Route[] => [
  ...resourceRoutes(
    {
      path: '/v1/indicator-mappings',
      noun: 'indicator mapping',
      tag: TAG,
      asWrittenFor: 'config:write',
    },
    {
      create: createIndicatorMappingSchema,
      update: updateIndicatorMappingSchema,
      resource: indicatorMappingSchema,
    },
    operations,
  ),
  defineRoute({
    ...operations.test.access,
    method: 'POST',
    path: '/v1/indicator-mappings/test',
    operationId: 'testIndicatorMappings',
    summary: 'Try a payload: what each pass finds in it, and where',
    description:
      'Drafts are named `draft-1`, `draft-2`, … in `mapping_id`; to try them takes what saving them ' +
      'does. Nothing is stored.',
    tags: [TAG],
    body: testIndicatorMappingsSchema,
    responses: { 200: dataEnvelope(testedIndicatorMappingsSchema) },
    errors: ['source.unknown', 'request.too_large', 'service.unavailable'],
    handler: async (input) => replyData(await operations.test.run(input.body, callerOf(input))),
  }),
];
