import { type ApprovalResource, newUuid } from '@calseta/common';
import { expect, test } from '@jest/globals';
import { renderSlack, renderWebhook } from './render-notice.js';

const HOSTILE =
  'Approve! <!channel> <http://evil.example|Click> & \u202etxt.exe\nOn: account "bob"';
const approval: ApprovalResource = {
  uuid: newUuid(),
  status: 'pending',
  question: 'Run the workflow: "Suspend"',
  run_uuid: newUuid(),
  workflow_uuid: newUuid(),
  workflow_name: 'Suspend',
  workflow_version: 1,
  risk_level: 'high',
  indicator: { type: 'account', value: HOSTILE },
  parameters: { note: HOSTILE.repeat(100) },
  parameters_hash: 'ab',
  requested_by: { principal: 'agent:1', name: HOSTILE, key_type: 'agent' },
  requested_reason: HOSTILE,
  notices: [],
  created_at: '2025-01-15T10:30:05Z',
  expires_at: '2025-01-15T11:30:05Z',
};
const link = 'https://calseta.example/v1/workflow-approvals/links/t0k3n';

type Block = { type: string; text?: { type: string; text: string }; elements?: unknown[] };

test('a Slack message says what others wrote as plain text alone, within the limits of Slack', () => {
  const message = JSON.parse(renderSlack({ approval, approver: 'dora', link })) as {
    text: string;
    blocks: Block[];
  };
  expect(message.text).not.toMatch(/[<>]/);
  for (const { text } of message.blocks) {
    expect(text?.type ?? 'plain_text').toBe('plain_text');
    expect(text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
    expect(text?.text ?? '').not.toContain('\u202e');
  }
  const words = message.blocks.findIndex(({ text }) => text?.text.includes('untrusted') === true);
  expect(message.blocks[words + 1]?.text?.text).toContain('\\nOn: account');
  expect(JSON.stringify(message.blocks.at(-1))).toContain(link);
});

test('the body of a webhook names what is untrusted, hides nothing, and has a link or none', () => {
  const body = renderWebhook({ approval, approver: 'dora', link });
  expect(body).not.toContain('\u202e');
  const { untrusted_paths: paths, ...rest } = JSON.parse(body) as {
    untrusted_paths: string[];
    approval: object;
    links: object;
  };
  expect(paths).toContain('/approval/requested_reason');
  expect(rest).toMatchObject({
    event: 'approval.requested',
    approver: 'dora',
    approval: { uuid: approval.uuid, parameters_hash: 'ab' },
    links: { decide: link },
  });
  expect(JSON.parse(renderWebhook({ approval, approver: 'dora', link: undefined }))).toMatchObject({
    links: {},
  });
});
