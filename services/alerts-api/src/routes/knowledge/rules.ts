import { dataEnvelope, testedRuleSchema, testRuleSchema } from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type RuleOperations } from '../../operations/knowledge/rules.js';
import { callerOf } from '../caller.js';
import { replyData } from '../replies.js';

export const ruleRoutes = ({ test }: RuleOperations): Route[] => [
  defineRoute({
    ...test.access,
    method: 'POST',
    path: '/v1/rules/test',
    operationId: 'testRule',
    summary: 'Try a rule on stored alerts: which match, and which clause excludes the others',
    description:
      'For `targeting_rules` of context documents, `match` of agents, and mutes. Nothing is stored.',
    tags: ['Rules'],
    body: testRuleSchema,
    responses: { 200: dataEnvelope(testedRuleSchema) },
    handler: async ({ body, ...input }) => replyData(await test.run(body, callerOf(input))),
  }),
];
