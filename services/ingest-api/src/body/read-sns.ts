import {
  AppError,
  emptyLists,
  MAX_SUBSCRIBE_URL_CHARACTERS,
  MAX_TOPIC_ARN_CHARACTERS,
  type NormalizedAlert,
  type SubscriptionRequest,
} from '@calseta/common';
import { type ParsedItem } from './parse-body.js';
import { parseItem } from './parse-item.js';

/** Far more than a real request has. */
const MAX_REQUEST_BYTES = 16_384;
const NOTE = 'The alert came in a notification of Amazon SNS.';

type Notification = {
  TopicArn: string;
  Message: string;
  MessageId?: unknown;
  Subject?: unknown;
  Timestamp?: unknown;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The confirmation that Amazon SNS asks for when a subscription begins or ends; undefined for any other body.
 * Throws AppError('request.invalid') for a request that is longer than a real one.
 */
export function subscriptionRequest(body: Buffer): SubscriptionRequest | undefined {
  if (body.length > MAX_REQUEST_BYTES || !body.includes('"SubscribeURL"')) return undefined;
  const payload = parsedOrUndefined(body.toString('utf8'));
  if (!isRecord(payload)) return undefined;
  const { Type: type, TopicArn: topic_arn, SubscribeURL: subscribe_url } = payload;
  if (type !== 'SubscriptionConfirmation' && type !== 'UnsubscribeConfirmation') return undefined;
  if (typeof topic_arn !== 'string' || typeof subscribe_url !== 'string') return undefined;
  if (
    topic_arn.length > MAX_TOPIC_ARN_CHARACTERS ||
    subscribe_url.length > MAX_SUBSCRIBE_URL_CHARACTERS
  ) {
    throw new AppError('request.invalid', 'The subscription request has a text that is too long.');
  }
  return { type, topic_arn, subscribe_url };
}

/** The alert that an SNS notification carries as JSON text; any other item is returned unchanged. */
export function unwrapNotification(
  item: ParsedItem & { kind: 'parsed' },
): ParsedItem & { kind: 'parsed' } {
  if (!isNotification(item.payload)) return item;
  const { text, original = Buffer.from(text) } = item;
  const part = { text: item.payload.Message, notes: [...item.notes, NOTE], original };
  const inner = parseItem(part, { line: 1, column: 1 });
  return inner.kind === 'parsed' && isRecord(inner.payload) ? inner : item;
}

/** The alert in an SNS notification with plain text, titled by its subject and first line; undefined for JSON. */
export function alertOfNotification(payload: unknown): NormalizedAlert | undefined {
  if (!isNotification(payload)) return undefined;
  const said = parsedOrUndefined(payload.Message);
  if (typeof said === 'object' && said !== null) return undefined;
  const message = (typeof said === 'string' ? said : payload.Message).trim();
  const subject = typeof payload.Subject === 'string' ? payload.Subject.trim() : '';
  const [firstLine = ''] = message.split('\n', 1);
  const title = [subject, firstLine.trim()].filter((text) => text !== '').join(': ');
  const at = typeof payload.Timestamp === 'string' ? new Date(payload.Timestamp) : undefined;
  return {
    title: title === '' ? payload.TopicArn : title,
    description: message,
    severity: 'Pending',
    ...(at && !Number.isNaN(at.getTime()) && { occurredAt: at }),
    ...(typeof payload.MessageId === 'string' && { nativeAlertId: payload.MessageId }),
    ...emptyLists(),
    notes: [`${NOTE} Its text is no JSON that the source reads.`],
  };
}

const isNotification = (payload: unknown): payload is Notification =>
  isRecord(payload) &&
  payload['Type'] === 'Notification' &&
  typeof payload['Message'] === 'string' &&
  typeof payload['TopicArn'] === 'string';

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
