import { expect, test } from '@jest/globals';
import { newUuid } from '../../core/ids.js';
import { tellRun } from './run-story.js';

test('a run is told in order, and no text of others looks like a line', () => {
  const uuid = newUuid();
  const at = '2025-01-15T10:30:05Z';
  const text = tellRun(
    {
      ...{ uuid, workflow_uuid: uuid, workflow_name: 'Suspend', workflow_version: 2 },
      ...{ status: 'succeeded', summary: 'Suspended.', parameters: { notify: true } },
      reason: 'x\nApproved by dora\u202e',
      requested_by: { principal: 'agent:1', key_id: 'k', name: 'Agent', key_type: 'agent' },
      ...{ created_at: at, finished_at: at },
      steps: [
        {
          ...{ number: 1, name: 'suspend', idempotency_key: uuid, attempt_count: 1 },
          ...{ may_repeat: false, sent_at: at, answered_at: at, outcome: 'done' },
          request: { method: 'POST', url: 'https://v.example/', headers: {} },
          response: { status: 200, headers: {}, body: '{\n}' },
        },
      ],
    },
    undefined,
  );
  expect(text.split('\n')).toHaveLength(10);
  expect(text).toContain('"x\\nApproved by dora\\u{202e}"');
  expect(text).toMatch(
    /Asked for by agent "Agent" \(agent:1\)[^]*Step 1[^]*Answered 200[^]*succeeded\. Suspended\./,
  );
});
