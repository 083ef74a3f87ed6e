import { formatTimestamp } from '../core/timestamp.js';
import { type NormalizedField } from '../alert/normalized-alert.js';
import { fieldPointedTo } from './point-into.js';
import { type AlertContext, type ContextIndicator, type RelatedAlert } from './alert-context.js';

type Extracted = Record<string, unknown>;
/** When the related alerts occurred, as payloads write it. */
type RelatedTimes = () => ReadonlySet<unknown>;

/** Written once for all indicators, when the first asks. */
export function timesOf(relatedAlerts: readonly RelatedAlert[]): RelatedTimes {
  let times: ReadonlySet<unknown> | undefined;
  return () =>
    (times ??= new Set(relatedAlerts.map(({ occurredAt }) => formatTimestamp(occurredAt))));
}

/**
 * What the providers say about an indicator, without what the payload says elsewhere: sightings of nothing but this
 * alert, the time of a first sighting that is a related alert's, the class of an address, which is the indicator's
 * `classification`, and of an entry of a list, the value and the verdict that are those of the whole answer.
 */
export function sayOnce(
  { value, enrichmentResults }: Pick<ContextIndicator, 'value' | 'enrichmentResults'>,
  relatedTimes: RelatedTimes,
): ContextIndicator['enrichmentResults'] {
  const told: ContextIndicator['enrichmentResults'] = {};
  for (const [provider, { extracted }] of Object.entries(enrichmentResults)) {
    const news = SHORTENED[provider]?.(extracted, { value, relatedTimes }) ?? extracted;
    if (Object.keys(news).length > 0) told[provider] = { extracted: news };
  }
  return told;
}

/** The last sighting is this alert, an alert without a verdict says nothing, and most alerts are seen once. */
function withoutThisAlert(extracted: Extracted, { relatedTimes }: Told): Extracted {
  if (extracted['alert_count'] === 1) return {};
  const verdicts = without((extracted['alert_verdicts'] ?? {}) as Extracted, ['pending']);
  return {
    ...without(extracted, [
      'last_seen_at',
      'alert_verdicts',
      ...(extracted['times_seen'] === extracted['alert_count'] ? ['times_seen'] : []),
      ...(relatedTimes().has(extracted['first_seen_at']) ? ['first_seen_at'] : []),
    ]),
    ...(Object.keys(verdicts).length > 0 && { alert_verdicts: verdicts }),
  };
}

const withoutClass = (extracted: Extracted): Extracted =>
  without(extracted, ['address_class', 'ip_version']);

const without = (extracted: Extracted, names: readonly string[]): Extracted =>
  Object.fromEntries(Object.entries(extracted).filter(([name]) => !names.includes(name)));

/** Entries of lists: a range tells more than the value, and lists may disagree. */
function withoutAnswer(extracted: Extracted, { value }: Told): Extracted {
  const { matches, listed_as: verdict } = extracted;
  if (!Array.isArray(matches)) return extracted;
  const told = (matches as Extracted[]).map((match) =>
    without(match, [
      ...(match['entry'] === value ? ['entry'] : []),
      ...(match['verdict'] === verdict ? ['verdict'] : []),
    ]),
  );
  return { ...extracted, matches: told };
}

/** What the payload says elsewhere. */
type Told = { value: string; relatedTimes: RelatedTimes };
type Shorten = (extracted: Extracted, told: Told) => Extracted;
const SHORTENED: Readonly<Record<string, Shorten>> = {
  sightings: withoutThisAlert,
  ip_intel: withoutClass,
  threat_lists: withoutAnswer,
};

type IsTold = (value: string, context: AlertContext) => boolean;

/** With a role, only an indicator that has it says the same. */
const isIndicator =
  (type: ContextIndicator['type'], role?: ContextIndicator['role']): IsTold =>
  (value, { indicators }) =>
    indicators.some(
      (one) =>
        one.type === type && (role === undefined || one.role === role) && isSaidBy(one, value),
    );
const isEither =
  (...ways: readonly IsTold[]): IsTold =>
  (value, context) =>
    ways.some((isTold) => isTold(value, context));
const isHostOfUrl: IsTold = (value, { indicators }) =>
  indicators.some(
    ({ type, value: url }) =>
      type === 'url' && URL.canParse(url) && new URL(url).hostname === value,
  );
const isHost: IsTold = (value, { alert }) => alert.hosts.includes(value);
const isUser: IsTold = (value, { alert }) => alert.users.includes(value);

const isSaidBy = ({ value, provenance }: ContextIndicator, text: string): boolean =>
  value === text || provenance.some((place) => place.stated_as === text);

/** Where else the value of a field is said, with the same meaning. */
const TOLD_AS: Partial<Record<NormalizedField, IsTold>> = {
  src_ip: isIndicator('ip', 'source'),
  dst_ip: isIndicator('ip', 'destination'),
  src_hostname: isHost,
  dst_hostname: isIndicator('domain', 'destination'),
  actor_email: isEither(isUser, isIndicator('email', 'actor')),
  actor_username: isEither(isUser, isIndicator('account', 'actor')),
  email_from: isIndicator('email', 'sender'),
  http_hostname: isHostOfUrl,
  http_url: isIndicator('url'),
  file_hash_md5: isIndicator('hash_md5'),
  file_hash_sha1: isIndicator('hash_sha1'),
  file_hash_sha256: isIndicator('hash_sha256'),
};

/** The normalised fields without those that only repeat a host, a user or an indicator, its role included. */
export function fieldsToldNowhereElse(context: AlertContext): Record<string, string | string[]> {
  const { alert, indicators } = context;
  const pointedTo = new Set(indicators.map(({ provenance }) => fieldPointedTo(provenance)));
  return Object.fromEntries(
    Object.entries(alert.normalizedFields).filter(([name, value]) => {
      const told = TOLD_AS[name as NormalizedField];
      if (!told || pointedTo.has(name)) return true;
      return ![value].flat().every((text) => told(text, context));
    }),
  );
}
