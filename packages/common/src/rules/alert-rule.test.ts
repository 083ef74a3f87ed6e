import { describe, expect, it } from '@jest/globals';
import { createVisitBudget } from '../paths/visit-budget.js';
import { type AlertFacts } from './alert-facts.js';
import { alertRuleSchema, compileAlertRule } from './alert-rule.js';
import { askAlert, MAX_PATTERN_CHARACTERS_PER_ALERT } from './ask-alert.js';
import { MAX_SEARCHED_CHARACTERS } from './match-rule.js';

const PAYLOAD = {
  event: { hosts: [{ ip: '10.0.0.5' }, { ip: '198.51.100.7' }], code: 4625, 'user.name': 'dora' },
  big: 12345678901234567890n,
};

const facts = (overrides: Partial<AlertFacts> = {}): AlertFacts => ({
  alert: {
    sourceName: 'elastic',
    severity: 'Medium',
    title: 'Suspicious Process Execution',
    status: 'Open',
    malice: 'Suspicious',
    tags: ['endpoint', 'Execution'],
    hosts: ['WS-01'],
    users: ['CORP\\dora'],
    sourceRuleId: 'R-7',
    mitreTactics: ['TA0002'],
    mitreTechniques: ['T1059.001'],
    normalizedFields: { src_ip: '10.1.2.3', dns_query: ['a.example', 'b.example'] },
  },
  indicators: [
    { type: 'ip', value: '198.51.100.7', malice: 'Benign' },
    { type: 'domain', value: 'evil.example', malice: 'Malicious' },
  ],
  detectionRule: { name: 'PowerShell from Office', mitreTactics: ['TA0003'], mitreTechniques: [] },
  rawPayloadJson: JSON.stringify(PAYLOAD, (_, value: unknown) =>
    typeof value === 'bigint' ? 0 : value,
  ).replace('"big":0', '"big":12345678901234567890'),
  ...overrides,
});

const ask = (condition: unknown, about = facts()) => {
  const rule = compileAlertRule(alertRuleSchema.parse({ all: [condition] }));
  return rule.matches(askAlert(about, [rule]));
};

describe('a rule over an alert', () => {
  it.each([
    ['source_name', 'eq', 'Elastic', true],
    ['source_name', 'in', ['splunk', 'elastic'], true],
    ['title', 'contains', 'suspicious process', true],
    ['severity', 'gte', 'medium', true],
    ['severity', 'gte', 'High', false],
    ['severity', 'lt', 'Critical', true],
    ['severity', 'ne', 'Low', true],
    ['status', 'eq', 'open', true],
    ['malice', 'gte', 'Suspicious', true],
    ['malice', 'gt', 'Suspicious', false],
    ['tags', 'contains', 'execution', true],
    ['tags', 'contains', 'exec', false],
    ['hosts', 'contains', 'ws-01', true],
    ['hosts', 'contains', 'ws', false],
    ['hosts', 'starts_with', 'ws', true],
    ['users', 'regex', '^corp\\\\', true],
    ['source_rule_id', 'eq', 'r-7', true],
    ['native_alert_id', 'exists', false, true],
    ['detection_rule.name', 'contains', 'office', true],
    ['mitre_tactics', 'in', ['TA0003'], true],
    ['mitre_techniques', 'starts_with', 'T1059', true],
    ['indicators.type', 'contains', 'domain', true],
    ['indicators.value', 'eq', 'evil.example', true],
    ['indicators.value', 'cidr', '198.51.100.0/24', true],
    ['indicators.malice', 'gte', 'Malicious', true],
    ['indicators.domain.malice', 'eq', 'Malicious', true],
    ['indicators.ip.malice', 'eq', 'Malicious', false],
    ['indicators.ip.value', 'eq', 'evil.example', false],
    ['normalized_fields.src_ip', 'cidr', '10.0.0.0/8', true],
    ['normalized_fields.dns_query', 'contains', 'b.example', true],
    ['normalized_fields.file_hash_md5', 'exists', false, true],
    ['raw_payload.event.hosts[*].ip', 'cidr', '198.51.100.0/24', true],
    ['raw_payload.event.hosts[0].ip', 'cidr', '198.51.100.0/24', false],
    ['raw_payload.event.code', 'gte', 4625, true],
    ['raw_payload.event.user.name', 'eq', 'DORA', true],
    ['raw_payload.big', 'eq', '12345678901234567890', true],
    ['raw_payload.event.missing', 'exists', true, false],
  ])('%s %s %j: %s', (field, op, value, expected) => {
    expect(ask({ field, op, value })).toBe(expected);
  });

  it('reads the paths of all rules in one walk, and tells when the payload is too large for it', () => {
    const paths = ['event.code', 'event.hosts[*].ip'];
    const rules = paths.map((path) =>
      compileAlertRule(
        alertRuleSchema.parse({
          all: [{ field: `raw_payload.${path}`, op: 'exists', value: true }],
        }),
      ),
    );
    const budget = createVisitBudget();
    const whole = askAlert(facts(), rules, budget);
    expect(rules.map((rule) => rule.matches(whole))).toEqual([true, true]);
    expect(whole.isCut()).toBe(false);
    const spent = budget.spent;
    expect(rules.map((rule) => rule.matches(whole))).toEqual([true, true]);
    expect(budget.spent).toBe(spent);

    const cut = askAlert(facts(), rules, createVisitBudget(2));
    expect(rules.map((rule) => rule.matches(cut))).toEqual([false, false]);
    expect(cut.isCut()).toBe(true);
  });

  it('does not parse a payload that no rule asks about', () => {
    expect(ask({ field: 'title', op: 'exists', value: true }, facts({ rawPayloadJson: '{' }))).toBe(
      true,
    );
  });

  it('searches a bounded part of a text, and of all texts together', () => {
    const title = `${'a'.repeat(MAX_SEARCHED_CHARACTERS)}b`;
    const long = facts({ alert: { ...facts().alert, title } });
    expect(ask({ field: 'title', op: 'regex', value: 'a$' }, long)).toBe(true);
    expect(ask({ field: 'title', op: 'regex', value: 'b' }, long)).toBe(false);

    const count = MAX_PATTERN_CHARACTERS_PER_ALERT / MAX_SEARCHED_CHARACTERS + 1;
    const tags = Array.from({ length: count }, () => 'a'.repeat(MAX_SEARCHED_CHARACTERS));
    const rule = compileAlertRule(
      alertRuleSchema.parse({ all: [{ field: 'tags', op: 'regex', value: 'b' }] }),
    );
    const asked = askAlert(facts({ alert: { ...facts().alert, tags: [...tags, 'b'] } }), [rule]);
    expect(rule.matches(asked)).toBe(false);
    expect(asked.isCut()).toBe(true);
  });
});

describe('alertRuleSchema', () => {
  const problemOf = (rule: unknown) => {
    const { error } = alertRuleSchema.safeParse(rule);
    return error?.issues.map(({ path, message }) => [path.join('/'), message]);
  };

  it('names an unknown field, and where it stands', () => {
    const rule = { any: [{ none: [{ field: 'colour', op: 'eq', value: 'red' }] }] };
    expect(problemOf(rule)).toEqual([
      ['any/0/none/0/field', expect.stringContaining('`colour` is not a field of alerts')],
    ]);
  });

  it.each([
    ['title', 'gte', 'a', 'all/0/op', '`gte` is not an operator of `title`'],
    ['severity', 'regex', 'H', 'all/0/op', '`regex` is not an operator of `severity`'],
    ['severity', 'eq', 'urgent', 'all/0/value', '`severity` is never `urgent`'],
    ['indicators.type', 'in', ['ip', 'ipv9'], 'all/0/value', '`indicators.type` is never `ipv9`'],
    ['normalized_fields.colour', 'eq', 'x', 'all/0/field', 'is not a field'],
    ['raw_payload.', 'eq', 'x', 'all/0/field', 'is not a field'],
  ])('refuses %s %s %j', (field, op, value, path, message) => {
    expect(problemOf({ all: [{ field, op, value }] })).toEqual([
      [path, expect.stringContaining(message)],
    ]);
  });

  it('takes the empty lists that earlier versions stored', () => {
    expect(problemOf({ all: [{ field: 'title', op: 'eq', value: 'a' }], any: [] })).toBeUndefined();
  });
});
