import { createHash } from 'node:crypto';
import { type NormalizedAlert } from '@calseta/common';
import { compileMappings, extractIndicators } from '@calseta/indicators';

const NO_MAPPINGS = compileMappings([]);
/** Longer keys are hashed: they stand in a primary key. */
const MAX_KEY_CHARACTERS = 200;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const bounded = (key: string): string =>
  key.length <= MAX_KEY_CHARACTERS ? key : `sha256:${sha256(key)}`;

export type AlertToRecognise = {
  sourceName: string;
  alert: NormalizedAlert;
  payload: unknown;
  text: string;
  idempotencyKey: string | undefined;
};

/**
 * By what a repeat of an alert is recognised: the sender's own key, else the source's id of the alert,
 * else its rule (or title) with its indicators, hosts and users. The indicators are all that extraction
 * would find: two alerts of one rule about different addresses are two alerts, wherever those stand.
 */
export function dedupKey(recognised: AlertToRecognise): string {
  const { sourceName, alert, payload, text, idempotencyKey } = recognised;
  if (idempotencyKey !== undefined) return sentKey(idempotencyKey, text);
  if (alert.nativeAlertId !== undefined) return bounded(`id:${alert.nativeAlertId}`);
  const subject = alert.sourceRuleId ?? alert.sourceRuleName ?? alert.title;
  return `hash:${sha256(JSON.stringify([subject, ...traitsOf(sourceName, alert, payload)]))}`;
}

/** For a payload that nobody could read, the text is all there is to compare. */
export const dedupKeyOfText = (text: string, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined ? `text:${sha256(text)}` : sentKey(idempotencyKey, text);

/**
 * A sender's key names an alert together with what it says: under a key that is used again by mistake,
 * another alert is another alert. Any sender of the source may repeat it, with whatever API key.
 */
const sentKey = (idempotencyKey: string, text: string): string =>
  bounded(`key:${idempotencyKey}:${sha256(text)}`);

/** Canonical indicators and the values of normalised fields, sorted: their order tells nothing. */
function traitsOf(sourceName: string, alert: NormalizedAlert, payload: unknown): string[] {
  const { indicators } = extractIndicators({
    sourceName,
    title: alert.title,
    ...(alert.description !== undefined && { description: alert.description }),
    rawPayload: payload,
    statedIndicators: alert.statedIndicators,
    normalizedFields: alert.fields,
    mappings: NO_MAPPINGS,
  });
  const plain = [...Object.values(alert.fields).flat(), ...alert.hosts, ...alert.users];
  return [
    ...new Set([
      ...indicators.map(({ type, value }) => `${type} ${value}`),
      ...plain.map((text) => text.trim().toLowerCase()),
    ]),
  ].sort();
}
