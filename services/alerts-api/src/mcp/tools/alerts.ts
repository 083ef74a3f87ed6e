import {
  alertListQuerySchema,
  CONTEXT_TOKENS,
  createFindingSchema,
  findingSchema,
  integerParameter,
  updateAlertSchema,
  uuidSchema,
} from '@calseta/common';
import { z } from 'zod';
import { type Operations } from '../../operations/create-operations.js';
import { ANSWER_TOKENS } from '../answers/answer-limits.js';
import { cutValue } from '../answers/cut-value.js';
import { briefAlertSchema, toBriefAlert } from './alert-entry.js';
import { defineTool, type Tool } from './define-tool.js';
import { describePage, fitList, howToGoOn, listAnswer, listArguments } from './list-arguments.js';

const alertUuid = uuidSchema.describe('uuid of the alert');

/** What agents do with alerts: find, read, judge and move them. */
export const alertTools = ({ alerts, findings }: Operations): Tool[] => [
  searchAlerts(alerts),
  getAlertContext(alerts),
  getAlertTimeline(alerts),
  postAlertFinding(findings),
  updateAlertStatus(alerts),
];

/** The filters and the order of `GET /v1/alerts`. */
const alertQuery = alertListQuerySchema.omit({
  cursor: true,
  page_size: true,
  include_total: true,
}).shape;

const searchAlerts = ({ list }: Operations['alerts']): Tool =>
  defineTool({
    name: 'search_alerts',
    title: 'Search alerts',
    description:
      'Lists alerts, newest first, by any combination of filters. A filter with several values means any of them. ' +
      'Read one with get_alert_context.',
    access: list.access,
    isReadOnly: true,
    isQuery: true,
    input: z.object({ ...alertQuery, ...listArguments }),
    output: z.object({
      alerts: z.array(briefAlertSchema.loose()),
      ...listAnswer,
    }),
    async run({ detail, ...args }, context) {
      const { cursor, page_size: size, ...filter } = args;
      const page = await fitList({ cursor, page_size: size }, context, {
        read: async (query) => await list.run({ ...filter, ...query }, context.caller),
        show: (alert) => (detail === 'full' ? alert : toBriefAlert(alert)),
      });
      return {
        alerts: page.entries,
        ...describePage(page, ['/alerts'], 'get_alert_context has all of one alert.'),
      };
    },
  });

const contextPart = z.looseObject({});

const getAlertContext = ({ getContext }: Operations['alerts']): Tool =>
  defineTool({
    name: 'get_alert_context',
    title: 'Read an alert with everything that is known about it',
    description:
      'The alert, its indicators with what providers say, the detection rule, runbooks, workflows, related alerts and ' +
      'findings, the most valuable parts first. alert._metadata.omitted says what did not fit, ' +
      'alert._metadata.untrusted_paths what an attacker could have written.',
    access: getContext.access,
    isReadOnly: true,
    input: z.object({
      alert_uuid: alertUuid,
      detail: z
        .enum(['brief', 'full'])
        .default('full')
        .describe(`brief: within ${ANSWER_TOKENS.brief} tokens`),
      max_tokens: integerParameter(CONTEXT_TOKENS.min, ANSWER_TOKENS.max)
        .optional()
        .describe('Tokens that the answer has at most; instead of detail'),
    }),
    output: z.object({
      alert: contextPart,
      indicators: z.array(contextPart),
      detection_rule: contextPart.optional().describe('Absent: none matched'),
      context_documents: z.array(contextPart).optional(),
      workflows: z.array(contextPart).optional(),
      related_alerts: z.array(contextPart).optional(),
      findings: z.array(contextPart).optional(),
      truncated: z.boolean(),
      how_to_go_on: z.string().optional(),
    }),
    async run({ alert_uuid: uuid, detail, max_tokens: asked }, { caller }) {
      const wanted = asked ?? (detail === 'brief' ? ANSWER_TOKENS.brief : ANSWER_TOKENS.max);
      const tokens = Math.max(CONTEXT_TOKENS.min, wanted - GOING_ON_TOKENS);
      const answer = await getContext.run({ uuid, format: 'json', max_tokens: tokens }, caller);
      if (typeof answer === 'string') throw new TypeError('The context is asked for as JSON.');
      const isTruncated = (answer.alert._metadata.omitted ?? []).length > 0;
      const { detection_rule: rule, ...parts } = { detection_rule: null, ...answer };
      return {
        ...parts,
        ...(rule !== null && { detection_rule: rule }),
        truncated: isTruncated,
        ...howToGoOn([
          isTruncated && wanted < ANSWER_TOKENS.max && 'Ask for more max_tokens.',
          isTruncated &&
            'Single parts: search_indicators, search_context_documents, search_detection_rules, get_alert_timeline.',
        ]),
      };
    },
  });

/** For the sentences on how to go on. */
const GOING_ON_TOKENS = 80;
const BRIEF_ACTIVITY = { characters: 200, items: 8 };

const getAlertTimeline = ({ listActivity }: Operations['alerts']): Tool =>
  defineTool({
    name: 'get_alert_timeline',
    title: 'Read what happened to an alert, and why',
    description:
      'Lists in order, oldest first: received, repeats, each stage, pushes, findings, moves of the status, and who did it.',
    access: listActivity.access,
    isReadOnly: true,
    input: z.object({ alert_uuid: alertUuid, ...listArguments }),
    output: z.object({
      activity: z.array(
        z.object({ at: z.string(), kind: z.string(), actor: z.string(), detail: contextPart }),
      ),
      ...listAnswer,
    }),
    async run({ alert_uuid: uuid, detail, ...args }, context) {
      const page = await fitList(args, context, {
        read: async (query) => await listActivity.run({ uuid, ...query }, context.caller),
        show: ({ at, kind, actor, detail: told }) => ({
          at,
          kind,
          actor,
          detail: detail === 'full' ? told : cutValue(told, BRIEF_ACTIVITY).value,
        }),
      });
      return {
        activity: page.entries,
        ...describePage(page, ['/activity'], 'Texts are whole where fewer entries are asked for.'),
      };
    },
  });

const postAlertFinding = ({ post }: Operations['findings']): Tool =>
  defineTool({
    name: 'post_alert_finding',
    title: 'Post a finding about an alert',
    description:
      'Adds what was found out to the alert, under the name of the key. A finding cannot be changed or taken back.',
    access: post.access,
    isReadOnly: false,
    input: z.object({ alert_uuid: alertUuid, ...createFindingSchema.shape }),
    output: findingSchema.pick({
      uuid: true,
      alert_uuid: true,
      created_by: true,
      agent_name: true,
      is_shadow: true,
      created_at: true,
    }),
    run: async ({ alert_uuid: uuid, ...finding }, { caller }) =>
      await post.run({ uuid, finding }, caller),
  });

const updateAlertStatus = ({ update }: Operations['alerts']): Tool =>
  defineTool({
    name: 'update_alert_status',
    title: 'Move the status of an alert',
    description:
      'Open → Triaging or Escalated → Closed; Triaging and Escalated may change into each other; Closed is final. The ' +
      'same status again changes nothing.',
    access: update.access,
    isReadOnly: false,
    isDestructive: true,
    isIdempotent: true,
    input: z.object({
      alert_uuid: alertUuid,
      status: updateAlertSchema.shape.status.unwrap(),
      close_classification: updateAlertSchema.shape.close_classification,
    }),
    output: z.object({ alert: briefAlertSchema, untrusted_paths: listAnswer.untrusted_paths }),
    async run({ alert_uuid: uuid, ...changes }, { caller }) {
      const alert = await update.run({ uuid, changes }, caller);
      return { alert: toBriefAlert(alert), untrusted_paths: ['/alert'] };
    },
  });
