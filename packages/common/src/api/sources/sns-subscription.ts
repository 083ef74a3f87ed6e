import { z } from 'zod';
import { timestampSchema } from '../http/fields.js';
import { AppError } from '../../core/errors.js';
import { uuidSchema } from '../../core/ids.js';

/** Requests of one source that are kept; a further topic takes the place of the oldest. */
export const MAX_SUBSCRIPTIONS = 20;
/** Of an ARN, as Amazon bounds it, and of the URL around a token. */
export const MAX_TOPIC_ARN_CHARACTERS = 256;
export const MAX_SUBSCRIBE_URL_CHARACTERS = 2_048;

/** The order is the one to look at them in: is it a topic of ours? */
export const snsSubscriptionSchema = z
  .object({
    id: uuidSchema,
    type: z.enum(['SubscriptionConfirmation', 'UnsubscribeConfirmation']),
    topic_arn: z.string().describe('Confirm only a topic that you own'),
    subscribe_url: z.string().describe('Opened only when an operator confirms the subscription'),
    received_at: timestampSchema,
    confirmed_at: timestampSchema.optional(),
    confirmed_by: z.string().optional().describe('Id of the API key'),
    last_error: z.string().optional().describe('Why the last confirmation failed'),
  })
  .meta({ id: 'SnsSubscription' });
export type SnsSubscription = z.infer<typeof snsSubscriptionSchema>;

/** What SNS asks: to open the URL, if its receiver wants the topic. */
export type SubscriptionRequest = Pick<SnsSubscription, 'type' | 'topic_arn' | 'subscribe_url'>;

export const confirmSubscriptionRequestSchema = z.object({
  topic_arn: z.string(),
  subscribe_url: z.string(),
});

export const confirmSubscriptionAnswerSchema = z.object({
  is_confirmed: z.boolean(),
  /** Without anything that was answered. */
  error: z.string().optional(),
});

const HOST = /^sns\.[a-z0-9-]{5,25}\.amazonaws\.com(?:\.cn)?$/;
const refused = (why: string): AppError =>
  new AppError('url.not_allowed', `The URL of the subscription is not opened: ${why}.`);

/**
 * Throws AppError('url.not_allowed') unless a URL confirms a subscription at Amazon SNS, and for no other topic than
 * the one that was shown: https, port 443, an SNS host exactly, and the one action.
 */
export function assertSubscribeUrl({
  topic_arn: topic,
  subscribe_url: text,
}: Pick<SubscriptionRequest, 'topic_arn' | 'subscribe_url'>): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') throw refused('it is not https');
  if (url.port !== '') throw refused('its port is not 443');
  // As it is written: a parser forgives spellings that another one reads otherwise.
  if (!HOST.test(url.hostname) || !text.startsWith(`https://${url.hostname}/`)) {
    throw refused('its host is not sns.<region>.amazonaws.com');
  }
  const actions = url.searchParams.getAll('Action');
  if (url.pathname !== '/' || actions.length !== 1 || actions[0] !== 'ConfirmSubscription') {
    throw refused('it is no ConfirmSubscription');
  }
  if (url.searchParams.getAll('TopicArn').some((named) => named !== topic)) {
    throw refused('it names another topic');
  }
}
