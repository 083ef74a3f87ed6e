import { createHash } from 'node:crypto';
import { type NormalizedAlert } from '@calseta/common';
import { compileMappings, extractIndicators } from '@calseta/indicators';
import { steadyPayload } from './fingerprint.js';
import { steadyText } from '@calseta/common';

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
 * By what a repeat of an alert is recognised: the sender's own key with the text, else the source's id of the alert, else
 * what the alert is about. In doubt two alerts, never one.
 */
export function dedupKey(recognised: AlertToRecognise): string {
  const { alert, text, idempotencyKey } = recognised;
  const isKeyed = idempotencyKey !== undefined;
  // What an end is about is the alert that it ends, whatever key it comes with.
  if (isKeyed && !(alert.isEnd && alert.nativeAlertId !== undefined)) {
    return sentKey(idempotencyKey, text);
  }
  if (alert.nativeAlertId !== undefined) return bounded(`${NATIVE_KEY}${alert.nativeAlertId}`);
  return `hash:${sha256(JSON.stringify(subjectOf(recognised)))}`;
}

const NATIVE_KEY = 'id:';

/** Whether alerts of this key are recognised by their id in the source, so that all else may change. */
export const isNativeKey = (key: string): boolean => key.startsWith(NATIVE_KEY);

/** For a payload that nobody could read, the text is all there is to compare. */
export const dedupKeyOfText = (text: string, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined ? `text:${sha256(text)}` : sentKey(idempotencyKey, text);

/**
 * A sender's key names an alert together with what it says: under a key that is used again by mistake,
 * another alert is another alert. Any sender of the source may repeat it, with whatever API key.
 */
const sentKey = (idempotencyKey: string, text: string): string =>
  bounded(`key:${idempotencyKey}:${sha256(text)}`);

/**
 * The rule, the title, the description, all that extraction finds, hosts and users. The texts are compared without their
 * times and counters. Where nothing is found and nobody named, the payload itself says what it is about.
 */
function subjectOf({ sourceName, alert, payload }: AlertToRecognise): unknown[] {
  const { sourceRuleId, sourceRuleName, title, description = '' } = alert;
  const [steadyTitle, steadyDescription] = [steadyText(title), steadyText(description)];
  const indicators = indicatorsOf(sourceName, alert, payload);
  const subject = [sourceRuleId ?? sourceRuleName, steadyTitle, steadyDescription];
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

/** Canonical; wherever in the payload they stand. */
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

/** Sorted, since the order of names tells nothing. */
const distinct = (names: readonly string[]): string[] =>
  [...new Set(names.map((name) => name.trim().toLowerCase()))].sort();
