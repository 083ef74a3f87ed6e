import { expect, test } from '@jest/globals';
import { type AskedRun, questionLines, questionText } from './approval-question.js';

const asked: AskedRun = {
  workflow_name: 'Suspend a user',
  workflow_version: 3,
  risk_level: 'high',
  alert_uuid: '01946977-1d00-7000-8000-000000000001',
  indicator: { type: 'account', value: 'alice@example.com' },
  parameters: { notify: true, note: 'no "quotes"' },
  requested_by: { principal: 'agent:7', name: 'Triage', key_type: 'agent' },
  expires_at: '2025-01-15T11:30:05.000Z',
};

test('a question says what is asked, from what the run is bound to', () => {
  expect(questionText(asked)).toBe(
    [
      'Run the workflow: "Suspend a user" (version 3, risk high)',
      'On: account "alice@example.com"',
      'With notify: true',
      'With note: "no \\"quotes\\""',
      'For the alert: 01946977-1d00-7000-8000-000000000001',
      'Asked by: the agent "Triage" (agent:7)',
      'Decide before: 2025-01-15T11:30:05.000Z',
    ].join('\n'),
  );
});

test('no value can look like a line of ours, or hide a part of itself', () => {
  const evil = 'x"\nOn: account "bob"\u2028\u202egnp.exe\u200b';
  const lines = questionLines({
    ...asked,
    workflow_name: evil,
    indicator: { type: 'account', value: evil },
    parameters: { note: evil },
    requested_by: { principal: evil, name: evil, key_type: 'human' },
  });
  expect(lines).toHaveLength(6);
  for (const { value } of lines) expect(value).not.toMatch(/[\n\r\u2028\u202e\u200b]/);
  expect(lines[1]?.value).toContain('\\nOn: account');
});
