import { type IncomingMessage, type ServerResponse } from 'node:http';
import {
  AppError,
  type ApprovalResource,
  DECISION_LINK_PATH,
  decisionReasonSchema,
} from '@calseta/common';
import {
  defineRawRoute,
  type HoldInAll,
  ERROR_STATUS,
  readBody,
  type Route,
  sendText,
  toAppError,
  toIssues,
} from '@calseta/platform';
import { z } from 'zod';
import { type DecisionOperations } from '../../operations/workflows/approvals.js';
import { DECISION_PAGE_POLICY, renderDecisionPage, renderNoticePage } from './decision-page.js';

const MAX_FORM_BYTES = 16_384;
const FORM_TIMEOUT_MS = 10_000;
const HTML = 'text/html; charset=utf-8';
/** Of a link whose approval is decided or over. */
const GONE = 410;

const formSchema = z.object({
  decision: z.enum(['approve', 'reject']),
  reason: decisionReasonSchema,
});

const SHARED = {
  path: `${DECISION_LINK_PATH}{token}`,
  scope: null,
  tags: ['Approvals'],
  produces: [HTML],
  // Mail programmes add parameters of their own.
  query: z.looseObject({}),
} as const;

/** One-time links of messages to approvers: reading shows what is asked and changes nothing, the form decides. */
export const decisionLinkRoutes = (operations: DecisionOperations): Route[] => [
  defineRawRoute({
    ...SHARED,
    method: 'GET',
    operationId: 'showDecision',
    summary: 'Show what a one-time link decides about',
    raw: async ({ req, res }) =>
      await answerPage(res, async () => {
        const { approval, approverName } = await operations.readLink(tokenOf(req));
        return approval.status === 'pending'
          ? { status: 200, html: renderDecisionPage(approval, approverName) }
          : { status: GONE, html: renderNoticePage('Nothing to decide', stateOf(approval)) };
      }),
  }),
  defineRawRoute({
    ...SHARED,
    method: 'POST',
    operationId: 'decideByLink',
    summary: 'Decide by a one-time link',
    raw: async ({ req, res, request, holdInAll }) =>
      await answerPage(res, async () => {
        const form = await readForm(req, holdInAll);
        const decided = await operations.decideByLink(tokenOf(req), form, request);
        return { status: 200, html: renderNoticePage('Decided', stateOf(decided)) };
      }),
  }),
];

/** Query parameters that a mail programme adds are ignored. */
const tokenOf = ({ url = '' }: IncomingMessage): string =>
  url.split('?')[0]?.slice(DECISION_LINK_PATH.length) ?? '';

function stateOf({ status, decided_by: by, reason }: ApprovalResource): string {
  switch (status) {
    case 'pending':
      return 'The run waits for a decision.';
    case 'expired':
      return 'The time to decide is over; nothing of the run was sent.';
    default:
      return `The run was ${status} by ${by ?? 'somebody'}: ${reason ?? ''}`;
  }
}

async function readForm(
  req: IncomingMessage,
  onGrowth: HoldInAll,
): Promise<z.infer<typeof formSchema>> {
  const limits = { maxBytes: MAX_FORM_BYTES, timeoutMs: FORM_TIMEOUT_MS };
  const bytes = await readBody(req, { ...limits, onGrowth });
  const form = Object.fromEntries(new URLSearchParams(bytes.toString('utf8')));
  const read = formSchema.safeParse(form);
  if (read.success) return read.data;
  throw new AppError('request.invalid', 'Choose a decision, and say why.', {
    issues: toIssues(read.error),
  });
}

/** People read these answers, so refusals are pages too. */
async function answerPage(
  res: ServerResponse,
  work: () => Promise<{ status: number; html: string }>,
): Promise<void> {
  const { status, html } = await work().catch((error: unknown) => {
    const { code, message } = toAppError(error);
    if (ERROR_STATUS[code] >= 500) throw error;
    return { status: ERROR_STATUS[code], html: renderNoticePage('Not decided', message) };
  });
  sendText(res, status, HTML, html, { 'Content-Security-Policy': DECISION_PAGE_POLICY });
}
