import { runAtOnce, RULE_IMPORT } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { readRuleFiles } from './read-rule-files.js';

const read = (name: string, text: string) => runAtOnce(readRuleFiles([{ name, text }]));

const SIGMA = `title: Encoded PowerShell Command Line
id: 6f9fb1aa-1b9d-4c22-a2a0-0e2d1f1f7a01
status: test
description: PowerShell was started with an encoded command.
references:
  - https://example.org/encoded
tags:
  - attack.execution
  - attack.t1059.001
logsource: { product: windows, category: process_creation }
detection:
  selection: { CommandLine|contains: ' -enc ' }
  condition: selection
falsepositives:
  - Software deployment
level: high
`;

const ELASTIC_TOML = `[metadata]
maturity = "production"

[rule]
author = ["Elastic"]
description = "A user signed in from two countries within an hour."
false_positives = ["VPN exits in another country."]
name = "Impossible Travel"
note = """## Triage and analysis

Ask the user."""
references = ["https://example.org/travel"]
rule_id = "2b1c7f11-0000-4000-8000-0000000000aa"
severity = "medium"

[[rule.threat]]
framework = "MITRE ATT&CK"
[rule.threat.tactic]
id = "TA0001"
name = "Initial Access"
[[rule.threat.technique]]
id = "T1078"
[[rule.threat.technique.subtechnique]]
id = "T1078.004"
`;

const SPLUNK = `name: Detect New Local Admin
id: b25f6f62-0712-43c1-b203-083231ffd97d
description: An account became a local administrator.
search: index=wineventlog EventCode=4732
known_false_positives: Administrators who add accounts.
references: [https://example.org/admin]
rba:
  risk_objects:
    - { field: user, type: user, score: 42 }
    - { field: dest, type: system, score: 64 }
tags:
  mitre_attack_id: [T1136.001]
`;

const SENTINEL = `id: 50574fac-f8d1-4395-81c7-78a463ff0c52
name: Sign-ins from many countries
description: |
  'One account signed in from many countries.'
severity: Low
kind: Scheduled
query: SigninLogs
tactics: [InitialAccess]
relevantTechniques: [T1078]
`;

describe('readRuleFiles', () => {
  test('reads Sigma', () => {
    expect(read('a.yml', SIGMA)).toEqual({
      problems: [],
      rules: [
        {
          file: 'a.yml',
          line: 1,
          format: 'sigma',
          sourceRuleId: '6f9fb1aa-1b9d-4c22-a2a0-0e2d1f1f7a01',
          name: 'Encoded PowerShell Command Line',
          severity: 'High',
          mitreTactics: ['TA0002'],
          mitreTechniques: ['T1059.001'],
          documentation:
            'PowerShell was started with an encoded command.\n\n## False positives\n\n- Software deployment\n\n' +
            '## References\n\n- https://example.org/encoded',
        },
      ],
    });
  });

  test('reads Elastic, as TOML and as an export of Kibana', () => {
    const rule = {
      format: 'elastic',
      sourceRuleId: '2b1c7f11-0000-4000-8000-0000000000aa',
      name: 'Impossible Travel',
      severity: 'Medium',
      mitreTactics: ['TA0001'],
      mitreTechniques: ['T1078', 'T1078.004'],
      documentation:
        'A user signed in from two countries within an hour.\n\n## False positives\n\n- VPN exits in another country.\n\n' +
        '## Triage and analysis\n\nAsk the user.\n\n## References\n\n- https://example.org/travel',
    };
    expect(read('travel.toml', ELASTIC_TOML).rules).toEqual([
      { ...rule, file: 'travel.toml', line: 1 },
    ]);

    const exported = {
      id: '0d0e…',
      rule_id: rule.sourceRuleId,
      name: rule.name,
      description: 'A user signed in from two countries within an hour.',
      severity: 'medium',
      false_positives: ['VPN exits in another country.'],
      note: '## Triage and analysis\n\nAsk the user.',
      references: ['https://example.org/travel'],
      threat: [
        {
          framework: 'MITRE ATT&CK',
          tactic: { id: 'TA0001', name: 'Initial Access' },
          technique: [{ id: 'T1078', subtechnique: [{ id: 'T1078.004' }] }],
        },
      ],
    };
    const summary = { exported_count: 1, exported_rules_count: 1, missing_rules: [] };
    const lines = `${JSON.stringify(exported)}\n${JSON.stringify(summary)}\n`;
    expect(read('rules.ndjson', lines)).toEqual({
      problems: [],
      rules: [{ ...rule, file: 'rules.ndjson', line: 1 }],
    });
  });

  test('reads Splunk, with the severity of the highest risk score', () => {
    expect(read('admin.yml', SPLUNK).rules).toMatchObject([
      {
        format: 'splunk',
        severity: 'High',
        mitreTechniques: ['T1136.001'],
        documentation: expect.stringContaining('- Administrators who add accounts.'),
      },
    ]);
  });

  test('reads Sentinel, as a template and as an export of the portal', () => {
    expect(read('s.yaml', SENTINEL).rules).toMatchObject([
      {
        format: 'sentinel',
        sourceRuleId: '50574fac-f8d1-4395-81c7-78a463ff0c52',
        severity: 'Low',
        mitreTactics: ['TA0001'],
        documentation: 'One account signed in from many countries.',
      },
    ]);
    const resource = {
      type: 'Microsoft.OperationalInsights/workspaces/providers/alertRules',
      name: "[concat(parameters('workspace'),'/Microsoft.SecurityInsights/50574fac-f8d1-4395-81c7-78a463ff0c52')]",
      kind: 'Scheduled',
      properties: {
        displayName: 'Sign-ins from many countries',
        severity: 'Low',
        techniques: ['T1078'],
        tactics: ['InitialAccess'],
        description: 'One account.',
      },
    };
    expect(read('export.json', JSON.stringify({ resources: [resource] })).rules).toMatchObject([
      {
        sourceRuleId: '50574fac-f8d1-4395-81c7-78a463ff0c52',
        name: 'Sign-ins from many countries',
        mitreTechniques: ['T1078'],
      },
    ]);
  });

  test('reads many documents of one file, and names the line of one that it cannot read', () => {
    const text = `# rules\n---\n${SIGMA}---\ntitle: [broken\n---\n${SENTINEL}...\n---\nfoo: 1\n`;
    const { rules, problems } = read('all.yaml', text);
    expect(rules.map(({ format, line }) => [format, line])).toEqual([
      ['sigma', 2],
      ['sentinel', 21],
    ]);
    expect(problems).toEqual([
      {
        file: 'all.yaml',
        line: 19,
        message: expect.stringMatching(/^is not YAML: line (?:20|21): /),
      },
      { file: 'all.yaml', line: 32, message: expect.stringMatching(/^is no rule of Sigma/) },
    ]);
  });

  test('refuses aliases that unfold into a large document', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    const steps = [
      ['b', 'a'],
      ['c', 'b'],
      ['d', 'c'],
      ['e', 'd'],
      ['f', 'e'],
    ];
    for (const [name, before] of steps) {
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`);
    }
    expect(read('bomb.yaml', bomb.join('\n')).problems).toMatchObject([
      { message: 'has aliases that unfold to more than 100 values' },
    ]);
  });

  test.each([
    ['a.xml', SIGMA, /^has a name that ends in none of yaml, /],
    ['a.toml', 'rule = ', /^is not TOML: line 1: /],
    ['a.ndjson', '{"rule_id":', /^is not JSON$/],
    ['a.json', '[1]', /^is not a rule: it has no fields$/],
    ['a.yml', SIGMA.replace(/^title: .*/, 'title: ""'), /^is a rule of sigma without a name$/],
    ['a.yml', `title: ${'x'.repeat(RULE_IMPORT.maxRuleCharacters)}`, /^is longer than 262144 /],
  ])('says what is wrong with %s', (name, text, message) => {
    expect(read(name, text)).toEqual({
      rules: [],
      problems: [{ file: name, line: 1, message: expect.stringMatching(message) }],
    });
  });

  test('reads up to the limit of rules, and says where it stopped', () => {
    const rule = JSON.stringify({ rule_id: 'r', name: 'n' });
    const fitting = Array(RULE_IMPORT.maxRules).fill(rule).join('\n');
    expect(read('r.ndjson', fitting).problems).toEqual([]);
    const { rules, problems } = read('r.ndjson', `${fitting}\n${rule}`);
    expect(rules).toHaveLength(RULE_IMPORT.maxRules);
    expect(problems).toMatchObject([
      { line: 5_001, message: 'is after the 5000 rules of one import' },
    ]);
  });
});
