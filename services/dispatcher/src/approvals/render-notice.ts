import {
  type ApprovalResource,
  neutralize,
  neutralizeJson,
  questionLines,
  SLACK_PARTS,
} from '@calseta/common';

/** What a message says; `link` decides as its one reader. */
export type Notice = { approval: ApprovalResource; approver: string; link: string | undefined };

/** Fields whose text does not come from the operator. */
const UNTRUSTED_PATHS = [
  '/approval/parameters',
  '/approval/indicator',
  '/approval/requested_by/name',
  '/approval/requested_reason',
  '/approval/confidence',
];

/** The body of a message to a webhook. */
export function renderWebhook({ approval, approver, link }: Notice): string {
  return neutralizeJson(
    JSON.stringify({
      event: 'approval.requested',
      approver,
      // An approver does not see who else was told.
      approval: { ...approval, notices: undefined },
      links: link === undefined ? {} : { decide: link },
      untrusted_paths: UNTRUSTED_PATHS,
    }),
  ).json;
}

/** Characters of one block of text, of which Slack takes 3,000. */
const MAX_BLOCK_CHARACTERS = 2_900;

const plain = (text: string) => ({ type: 'plain_text', text: cut(text), emoji: false });

const cut = (text: string): string =>
  text.length <= MAX_BLOCK_CHARACTERS ? text : `${text.slice(0, MAX_BLOCK_CHARACTERS)}… (cut)`;

/** Slack reads `<…>` and `&…;` in the text of a notification (https://docs.slack.dev/messaging/formatting-message-text). */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const button = (text: string, fields: object) => ({ type: 'button', text: plain(text), ...fields });

/** The body of a message in the form of Slack. Texts of others are plain: nothing in them is a link or a mention. */
export function renderSlack({ approval, link }: Notice): string {
  const lines = questionLines(approval).map(({ label, value }) => `${label}: ${value}`);
  const words = neutralize(JSON.stringify(approval.requested_reason)).text;
  const { approve, reject, reasonBlock, reason } = SLACK_PARTS;
  return JSON.stringify({
    text: escaped(`Calseta asks for a decision. ${lines[0] ?? ''}`),
    blocks: [
      { type: 'section', text: plain('Calseta asks for a decision.') },
      { type: 'section', text: plain(lines.join('\n')) },
      {
        type: 'section',
        text: plain(
          'In the words of whoever asks, which are untrusted and may be meant to mislead:',
        ),
      },
      { type: 'section', text: plain(words) },
      {
        type: 'input',
        block_id: reasonBlock,
        optional: false,
        label: plain('Why you decide so'),
        element: { type: 'plain_text_input', action_id: reason, max_length: 2_000 },
      },
      {
        type: 'actions',
        elements: [
          button('Approve', { action_id: approve, value: approval.uuid, style: 'primary' }),
          button('Reject', { action_id: reject, value: approval.uuid, style: 'danger' }),
          ...(link === undefined ? [] : [button('Open', { action_id: 'calseta_open', url: link })]),
        ],
      },
    ],
  });
}
