import { type ApproverResource } from '@calseta/common';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, MADE, NOTHING, takes, UUIDS } from './shape.js';

const APPROVER: ApproverResource = {
  uuid: UUIDS.approver,
  principal: 'dora',
  name: 'Dora, on call',
  webhook_origin: 'https://oncall.example',
  slack_user_id: 'U012AB3CD',
  set_by: 'k3yIdOf16Letters',
  ...MADE,
};
const SIGNING_SECRET = 'whsec_c2hvd24gb25jZSwga2VlcCBpdCBzYWZl';

const CREATE = {
  principal: APPROVER.principal,
  name: APPROVER.name,
  webhook_url: 'https://oncall.example/hooks/4f1d',
  slack_user_id: APPROVER.slack_user_id,
};

/** Who approves runs, and what they decide. */
export const APPROVAL_EXAMPLES: Record<string, OperationExamples> = {
  createApprover: takes(CREATE, { ...APPROVER, signing_secret: SIGNING_SECRET }, 201),
  listApprovers: lists(APPROVER),
  getApprover: answers(APPROVER),
  updateApprover: takes({ name: 'Dora' }, { ...APPROVER, name: 'Dora' }),
  deleteApprover: NOTHING,
};
