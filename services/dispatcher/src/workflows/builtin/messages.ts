import { type WorkflowStep } from '@calseta/http-steps';
import { type BuiltinWorkflow } from './builtin-workflow.js';

const ANY_2XX: WorkflowStep['found'] = {
  all: [
    { field: 'status', op: 'gte', value: 200 },
    { field: 'status', op: 'lt', value: 300 },
  ],
};

/** A request to a service of your own: set its base URL, and say there what it does. */
export const genericHttp: BuiltinWorkflow = {
  builtin_name: 'generic_http',
  name: 'HTTP request',
  documentation:
    'Posts what a run is about to `/` of the base URL, with the secret `http_token` as a bearer token. For a service of your ' +
    'own; copy its steps into a workflow with a better name.',
  risk_level: 'medium',
  indicator_types: [],
  definition: {
    auth: { kind: 'header', name: 'Authorization', value: 'Bearer {{ secrets.http_token }}' },
    steps: [
      {
        name: 'send',
        method: 'POST',
        url: '/',
        json: {
          run_uuid: '{{ run.uuid }}',
          requested_by: '{{ requested_by.principal }}',
          reason: '{{ reason }}',
          message: '{{ parameters.message }}',
        },
        found: ANY_2XX,
      },
    ],
  },
};

/** https://api.slack.com/messaging/webhooks; Mattermost, Rocket.Chat and Discord's `/slack` take the same. */
export const slackMessage: BuiltinWorkflow = {
  builtin_name: 'slack_message',
  name: 'Slack-compatible message',
  documentation:
    'Posts the parameter `message` to the channel of an incoming webhook. The secret `slack_webhook_path` is the path of ' +
    'its URL behind `/services/`: it is a credential.',
  risk_level: 'low',
  indicator_types: [],
  definition: {
    steps: [
      {
        name: 'post',
        method: 'POST',
        url: '/services/{{ secrets.slack_webhook_path | trim | path }}',
        json: { text: '{{ parameters.message }}\n{{ run.url }}' },
        // Some that are like Slack say so in the body alone.
        error: { all: [{ field: 'body.ok', op: 'eq', value: false }] },
        found: ANY_2XX,
      },
    ],
  },
};

/** A ticket in any system that takes one by a webhook. */
export const ticketWebhook: BuiltinWorkflow = {
  builtin_name: 'ticket_webhook',
  name: 'Ticket by webhook',
  documentation:
    'Opens a ticket: posts the parameters `title` and `description` with the reason to `/` of the base URL, with the secret ' +
    '`ticket_token` as a bearer token. The Idempotency-Key is that of the step.',
  risk_level: 'low',
  indicator_types: [],
  definition: {
    auth: { kind: 'header', name: 'Authorization', value: 'Bearer {{ secrets.ticket_token }}' },
    steps: [
      {
        name: 'open',
        method: 'POST',
        url: '/',
        json: {
          title: '{{ parameters.title }}',
          description: '{{ parameters.description }}',
          reason: '{{ reason }}',
          reference: '{{ run.uuid }}',
        },
        found: ANY_2XX,
      },
    ],
  },
};
