import { type Budget, type Cost, createBudget, type Limits } from './budget.js';
import { type Omission, type Payload } from './push-payload.js';
import { rankedItems, type Item } from './rank-payload.js';
import { emptied } from './skeleton.js';
import { untrustedPaths } from './untrusted-paths.js';

export type FitOptions = Limits & {
  /** The text that has to fit; the raw payload is not parsed for it. */
  write: (payload: Payload) => string;
  /** JSON of the raw payload. */
  rawPayloadJson: string;
  /** The raw payload, or what stands for it, in `alert.raw_payload`. */
  rawPayload: unknown;
  /** Links of the alert. */
  links: { self: string; context: string; raw: string };
};

/** Times that the limit is lowered when the whole is larger than its parts. */
const MAX_TRIES = 6;

/**
 * The most valuable parts of a payload that fit the limits, always the same for the same alert. What is cut or left out
 * stands in `_metadata.omitted`.
 */
export function fitPayload(payload: Payload, options: FitOptions): Payload {
  let { maxBytes, maxTokens } = options;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const fitted = fillBudget(payload, { ...options, maxBytes, ...(maxTokens && { maxTokens }) });
    const { bytes, tokens } = createBudget(options).costOfText(options.write(fitted));
    const overBytes = bytes - options.maxBytes;
    const overTokens = tokens - (options.maxTokens ?? Infinity);
    if (overBytes <= 0 && overTokens <= 0) return fitted;
    if (overBytes > 0) maxBytes -= overBytes;
    if (overTokens > 0 && maxTokens) maxTokens -= overTokens;
  }
  return seal(emptied(payload, 0), [everything(payload, options)]);
}

function fillBudget(payload: Payload, options: FitOptions): Payload {
  const budget = createBudget(options);
  const entry = budget.costOf(JSON.stringify(everything(payload, options)));
  const out = emptied(payload, options.maxTokens);
  const paths = untrustedPaths(payload);
  budget.spendText(
    options.write({
      ...out,
      alert: { ...out.alert, _metadata: { ...out.alert._metadata, untrusted_paths: paths } },
    }),
  );
  const omitted = addItems(rankedItems(payload, out, options), { budget, entry, options });
  return seal(out, [
    ...(payload.alert._metadata.omitted ?? []),
    ...cutTitle(payload, out, options),
    ...omitted,
  ]);
}

function cutTitle({ alert }: Payload, out: Payload, options: FitOptions): Omission[] {
  const bytes = Buffer.byteLength(alert.title) - Buffer.byteLength(out.alert.title);
  const reason = reasonOf(options);
  return bytes === 0 ? [] : [{ path: '/alert/title', reason, bytes, url: options.links.self }];
}

const reasonOf = ({ maxTokens }: Limits): string =>
  maxTokens === undefined ? 'max_bytes' : 'max_tokens';

type Filling = { budget: Budget; entry: Cost; options: FitOptions };

/** Adds the items that fit, in order, and returns what did not. */
function addItems(items: readonly Item[], filling: Filling): Omission[] {
  const { budget, entry } = filling;
  const missing = new Map<string, Omission>();
  const later = sectionsFromHere(items);
  items.forEach((item, index) => {
    const isPossible = item.isPossible?.() ?? true;
    if (isPossible && budget.fits(item.json, entry)) {
      budget.spend(item.json);
      item.add();
      return;
    }
    const sections = (later[index] ?? 1) + missing.size;
    const reserve = { bytes: entry.bytes * sections, tokens: entry.tokens * sections };
    const cut = item.text && budget.cut(item.text.value, reserve, item.text.share);
    const whole = Buffer.byteLength(item.json);
    if (item.text && cut !== undefined) {
      budget.spend(item.text.jsonWith(cut));
      item.text.add(cut);
      note(missing, item, Math.max(0, whole - Buffer.byteLength(item.text.jsonWith(cut))));
    } else note(missing, item, whole);
  });
  return settle([...missing.values()], filling);
}

function note(missing: Map<string, Omission>, item: Item, bytes: number): void {
  const known = missing.get(item.section);
  if (known) known.bytes += bytes;
  else missing.set(item.section, { path: item.section, reason: '', bytes, url: item.url });
}

/** One entry for each section while there is room, else one for all. */
function settle(missing: Omission[], { budget, options }: Filling): Omission[] {
  if (missing.length === 0) return [];
  const reason = reasonOf(options);
  const named = missing.map((one) => ({ ...one, reason }));
  if (named.length === 1 || budget.fits(JSON.stringify(named))) return named;
  const bytes = named.reduce((sum, one) => sum + one.bytes, 0);
  return [{ path: '', reason, bytes, url: options.links.context }];
}

/** For each item, the number of different sections from it to the end. */
function sectionsFromHere(items: readonly Item[]): number[] {
  const seen = new Set<string>();
  return items
    .toReversed()
    .map(({ section }) => seen.add(section).size)
    .toReversed();
}

const everything = (payload: Payload, options: FitOptions): Omission => ({
  path: '',
  reason: reasonOf(options),
  bytes: Buffer.byteLength(JSON.stringify(payload)) + Buffer.byteLength(options.rawPayloadJson),
  url: options.links.context,
});

function seal(payload: Payload, omitted: Omission[]): Payload {
  const { _metadata: metadata } = payload.alert;
  if (omitted.length > 0) metadata.omitted = omitted;
  metadata.untrusted_paths = untrustedPaths(payload);
  return payload;
}
