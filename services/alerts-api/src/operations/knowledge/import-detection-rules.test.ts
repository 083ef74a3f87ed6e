import { type RuleImportStore } from '@calseta/database';
import { expect, test } from '@jest/globals';
import { importDetectionRulesOperation, IMPORTS_AT_ONCE } from './import-detection-rules.js';

const RULE = 'title: Net view\nid: 1\nlogsource: {product: windows}\ndetection: {condition: all}\n';

test('reads imports one after another, and refuses them where several wait', async () => {
  const stored: (() => void)[] = [];
  const importRules: RuleImportStore['importRules'] = async (rules) => {
    await new Promise<void>((resolve) => stored.push(resolve));
    return rules.map(() => ({
      outcome: 'created',
      rule_uuids: [],
      changed_fields: [],
      kept_fields: [],
    }));
  };
  const { run } = importDetectionRulesOperation({ ruleImports: { importRules } });
  const start = async () =>
    await run({ files: [{ name: 'a.yml', text: RULE }], dry_run: true }, {
      principal: { scopes: ['config:write'] },
    } as never);
  const imports = Array.from({ length: 1 + IMPORTS_AT_ONCE.maxWaiting }, start);
  await expect(start()).rejects.toMatchObject({ code: 'service.overloaded' });
  for (let count = 1; count <= imports.length; count += 1) {
    while (stored.length < count) await new Promise(setImmediate);
    expect(stored).toHaveLength(count);
    stored[count - 1]?.();
  }
  const answers = await Promise.all(imports);
  expect(answers.map((answer) => answer.created_count)).toEqual(imports.map(() => 1));
});
