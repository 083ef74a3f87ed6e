import { expect, test } from '@jest/globals';
import { aContext } from '../../test/contexts.js';
import { compileAlertRule } from '../rules/alert-rule.js';
import { completeContext } from './complete-context.js';

test('adds the documents meant for the alert and the workflows that can act on it', () => {
  const document = { docType: 'runbook', content: 'C' };
  const workflow = { documentation: 'D', approvalMode: 'always', riskLevel: 'high' };
  const alert = aContext({
    alert: { tags: ['test'], severity: 'Low' },
    indicators: [['ip', '192.0.2.1', '/ip']],
  });
  const context = completeContext(alert, {
    documents: [
      { ...document, title: 'Global', isGlobal: true },
      {
        ...document,
        title: 'Tagged',
        isGlobal: false,
        targetingRules: compileAlertRule({
          any: [{ field: 'tags', op: 'contains', value: 'test' }],
        }),
      },
      {
        ...document,
        title: 'Critical',
        isGlobal: false,
        targetingRules: compileAlertRule({
          all: [{ field: 'severity', op: 'eq', value: 'Critical' }],
        }),
      },
    ],
    workflows: [
      { ...workflow, uuid: 'w1', name: 'Block address', indicatorTypes: ['ip'] },
      { ...workflow, uuid: 'w2', name: 'Detonate', indicatorTypes: ['hash_md5'] },
    ],
  });
  expect(context.contextDocuments.map(({ title }) => title)).toEqual(['Global', 'Tagged']);
  expect(context.workflows.map(({ name }) => name)).toEqual(['Block address']);
});
