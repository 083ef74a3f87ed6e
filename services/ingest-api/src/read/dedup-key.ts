import { hash } from 'node:crypto';
import { type NormalizedAlert, steadyText } from '@calseta/common';
import { compileMappings, extractIndicators } from '@calseta/indicators';
import { steadyPayload } from './fingerprint.js';

const NO_MAPPINGS = compileMappings([]);
/** Longer keys are hashed, since the key is part of a primary key. */
const MAX_KEY_CHARACTERS = 200;

const sha256 = (text: string): string => hash('sha256', text, 'hex');
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
 * The key that repeats of an alert share: the sender's idempotency key with the text, else the source's id of the
 * alert, else a hash of its subject. When in doubt, two alerts stay separate.
 */
export function dedupKey(recognised: AlertToRecognise): string {
  const { alert, text, idempotencyKey } = recognised;
  const isKeyed = idempotencyKey !== undefined;
  // An update that ends an alert must match that alert, whatever idempotency key it has.
  if (isKeyed && !(alert.isEnd && alert.nativeAlertId !== undefined)) {
    return sentKey(idempotencyKey, text);
  }
  if (alert.nativeAlertId !== undefined) return bounded(`${NATIVE_KEY}${alert.nativeAlertId}`);
  return `hash:${sha256(JSON.stringify(subjectOf(recognised)))}`;
}

const NATIVE_KEY = 'id:';

/** Whether alerts with this key are matched by their id in the source, so that all other fields may change. */
export const isNativeKey = (key: string): boolean => key.startsWith(NATIVE_KEY);

/** Of an unreadable payload, only the text can be compared. */
export const dedupKeyOfText = (text: string, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined ? `text:${sha256(text)}` : sentKey(idempotencyKey, text);

/**
 * Includes the text, so that a key reused by mistake does not merge different alerts. Any sender of the source may
 * repeat the alert, with any API key.
 */
const sentKey = (idempotencyKey: string, text: string): string =>
  bounded(`key:${idempotencyKey}:${sha256(text)}`);

/**
 * The rule, title, description, extracted indicators, hosts and users. Descriptions, and titles beside a rule, are
 * compared without their times, counters and ids. When there are no indicators, hosts or users, the payload itself
 * is the subject.
 */
function subjectOf({ sourceName, alert, payload }: AlertToRecognise): unknown[] {
  const { sourceRuleId, sourceRuleName, title, description = '' } = alert;
  const rule = sourceRuleId ?? sourceRuleName;
  // Beside a rule a title may count; alone it is all that tells one alert from another.
  const steadyTitle = rule === undefined ? title : steadyText(title);
  const steadyDescription = steadyText(description);
  const indicators = indicatorsOf(sourceName, alert, payload);
  const subject = [rule, steadyTitle, steadyDescription];
  if (indicators.length === 0 && alert.hosts.length === 0 && alert.users.length === 0) {
    const rewritten = new Map([
      [title, steadyTitle],
      [description, steadyDescription],
    ]);
    return [...subject, steadyPayload(payload, rewritten)];
  }
  const { hosts, users, fields } = alert;
  const names = [hosts, users, Object.values(fields).flat()].map(distinct);
  return [...subject, distinct(indicators), ...names];
}

/** Canonical values, wherever in the payload they are found. */
function indicatorsOf(sourceName: string, alert: NormalizedAlert, payload: unknown): string[] {
  const { indicators } = extractIndicators({
    sourceName,
    title: alert.title,
    ...(alert.description !== undefined && { description: alert.description }),
    rawPayload: payload,
    statedIndicators: alert.statedIndicators,
    normalizedFields: alert.fields,
    mappings: NO_MAPPINGS,
  });
  return indicators.map(({ type, value }) => `${type} ${value}`);
}

/** Sorted, since the order of names has no meaning. */
const distinct = (names: readonly string[]): string[] =>
  [...new Set(names.map((name) => name.trim().toLowerCase()))].sort();
