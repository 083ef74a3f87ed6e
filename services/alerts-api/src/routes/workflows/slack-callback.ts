import { AppError, SLACK_PARTS, uuidSchema } from '@calseta/common';
import {
  defineRawRoute,
  JSON_MEDIA_TYPE,
  parseJson,
  readBody,
  type Route,
  type Secret,
  sendText,
  toIssues,
} from '@calseta/platform';
import { z } from 'zod';
import { type DecisionOperations } from '../../operations/workflows/approvals.js';
import { verifySlackSignature } from './verify-slack-signature.js';

const MAX_BODY_BYTES = 262_144;
const BODY_TIMEOUT_MS = 10_000;
const MAX_REASON_CHARACTERS = 2_000;
/** Where a client of Slack's form has no field for text. */
const NO_REASON = 'By a click in Slack, without a reason in words.';

/** The parts of a click that count (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload). */
const clickSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().min(1).max(64) }),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().optional() }))
    .min(1)
    .max(10),
  state: z
    .object({
      values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))),
    })
    .optional(),
});
type Click = z.infer<typeof clickSchema>;

/** Clicks in Slack on the buttons of a message to an approver. */
export const slackCallbackRoute = (
  { decideInSlack }: DecisionOperations,
  signingSecret: Secret,
): Route =>
  defineRawRoute({
    method: 'POST',
    path: '/v1/workflow-approvals/callbacks/slack',
    operationId: 'decideInSlack',
    scope: null,
    summary: 'Decide by a click in Slack',
    tags: ['Approvals'],
    errors: ['auth.signature_invalid', 'approval.not_approver'],
    raw: async ({ req, res, request, holdInAll }) => {
      const limits = { maxBytes: MAX_BODY_BYTES, timeoutMs: BODY_TIMEOUT_MS };
      const body = await readBody(req, { ...limits, onGrowth: holdInAll });
      const signed = { headers: req.headers, body, now: new Date() };
      verifySlackSignature(signed, signingSecret.reveal());
      const click = readClick(body);
      const [action] = click.actions;
      const decision = decisionOf(action?.action_id);
      if (decision === undefined) {
        answer(res, 'Nothing was decided.');
        return;
      }
      const decided = await decideInSlack(
        {
          approvalId: approvalOf(action?.value),
          slackUserId: click.user.id,
          decision,
          reason: reasonOf(click),
        },
        request,
      );
      answer(res, `The run is ${decided.status}.`);
    },
  });

const answer = (res: Parameters<typeof sendText>[0], text: string): void =>
  sendText(res, 200, JSON_MEDIA_TYPE, JSON.stringify({ text }));

function readClick(body: Buffer): Click {
  const payload = new URLSearchParams(body.toString('utf8')).get('payload') ?? '';
  const read = clickSchema.safeParse(parseJson(Buffer.from(payload)));
  if (read.success) return read.data;
  throw new AppError('request.invalid', 'This is no click on a button of Slack.', {
    issues: toIssues(read.error),
  });
}

function decisionOf(actionId: string | undefined): 'approve' | 'reject' | undefined {
  if (actionId === SLACK_PARTS.approve) return 'approve';
  return actionId === SLACK_PARTS.reject ? 'reject' : undefined;
}

function approvalOf(value: string | undefined): string {
  const read = uuidSchema.safeParse(value);
  if (read.success) return read.data;
  throw new AppError('request.invalid', 'The button names no approval.', {
    issues: [{ pointer: '/actions/0/value', message: 'has to be the uuid of an approval' }],
  });
}

function reasonOf({ state }: Click): string {
  const written = state?.values[SLACK_PARTS.reasonBlock]?.[SLACK_PARTS.reason]?.value ?? '';
  return written.trim() === '' ? NO_REASON : written.trim().slice(0, MAX_REASON_CHARACTERS);
}
