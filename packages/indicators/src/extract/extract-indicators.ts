import {
  type IndicatorType,
  type Provenance,
  type Role,
  type SlicedWork,
  runAtOnce,
} from '@calseta/common';
import { type ExtractionInput, type ExtractionOutcome } from './extraction.js';
import { canonicalize } from '../canonicalize/canonicalize.js';
import { hostOfUrl } from '../canonicalize/url.js';
import { classifyOwn } from '../canonicalize/classify-own.js';
import { createDistinctValues } from './distinct-values.js';
import { walkFields } from '../fields/field-walk.js';
import { keySegmentsOf, pointerOf } from '../fields/place.js';
import { roleFromKeys } from '../fields/roles.js';
import { MAX_TEXT_CHARACTERS } from '../values/limits.js';
import { collectMapped, collectNormalized } from './mappings.js';
import { type Collector, createCollector } from './merge.js';
import { isConsoleUrl, createIdSet } from '../fields/own-links.js';
import { wrapsUrl } from '../vocabulary/link-wrappers.js';
import { isCutPointer } from '../values/pointer.js';
import { collectAdded, collectStated } from './stated.js';
import { type FindingBudget, type TextPolicy } from '../text/finding.js';
import { defangCheck, readableText, scanText } from '../text/scan-text.js';
import { withoutStyleSheets } from '../text/style-sheets.js';

type Found = {
  type: IndicatorType;
  value: string;
  role: Role | undefined;
  provenance: Provenance;
};

const PROSE: TextPolicy = { isProse: true, acceptsAnySuffix: false };

/**
 * Finds the indicators of an alert, in this order: added ones, stated ones, mapped values, fields, texts. Pure. Never
 * throws. Time and size are bounded.
 */
export const extractIndicators = (input: ExtractionInput): ExtractionOutcome =>
  runAtOnce(extractInSlices(input));

/** Like `extractIndicators`, in slices. */
export function* extractInSlices(input: ExtractionInput): SlicedWork<ExtractionOutcome> {
  const collector = createCollector();
  collectAdded(input.addedIndicators ?? [], collector);
  collectStated(input.statedIndicators, collector);
  collectNormalized(input, collector);
  const notes = yield* collectMapped(input, collector);
  yield;
  collectFound(input, collector);
  const { ownDomains } = input;
  const { indicators, dropped } = collector.outcome();
  return {
    indicators: ownDomains ? indicators.map((one) => classifyOwn(one, ownDomains)) : indicators,
    dropped,
    notes,
  };
}

function collectFound(input: ExtractionInput, collector: Collector): void {
  const found: Found[] = [];
  const mentioned: Found[] = [];
  const distinct = createDistinctValues();
  const ids = createIdSet();
  const unread = new Set([input.title, input.description ?? '']);
  const stated = placesOf(input.statedIndicators);
  const budget: FindingBudget = new Map();

  const readText = (
    text: string,
    policy: TextPolicy,
    pointer: () => string,
    isWholeLeaf: boolean,
  ) => {
    const readable = readableText(withoutStyleSheets(text));
    const isDefanged = defangCheck(text, readable.text);
    const asked = isDefanged ? { ...policy, isDefanged } : policy;
    for (const { type, value, span: read, rule } of scanText(readable.text, asked, budget)) {
      const span = readable.originalSpan(read);
      const provenance: Provenance = {
        pass: 'text',
        pointer: pointer(),
        extractor: `text:${rule}`,
        statedAs: span ? text.slice(...span) : value,
        ...(span && isWholeLeaf && { span }),
      };
      mentioned.push({ type, value, role: undefined, provenance });
    }
  };

  walkFields(input.rawPayload, {
    whole: (type, value, written, place) => {
      if (!distinct.admits(type, value)) return;
      const provenance: Provenance = {
        pass: 'field',
        pointer: pointerOf(place),
        extractor: `key:${place.key.name}`,
        ...written,
      };
      const role = roleFromKeys(type, keySegmentsOf(place));
      found.push({ type, value, role, provenance });
    },
    text: (text, policy, place) =>
      readText(
        text,
        unread.delete(text) ? PROSE : policy,
        () => pointerOf(place),
        place.embedded === 0,
      ),
    id: (value) => ids.add(value),
    ownLink: (url) => ids.addLink(url),
    isIgnored: (place, value) =>
      stated.size > 0 &&
      place.embedded === 0 &&
      !isContainer(value) &&
      stated.has(pointerOf(place)),
  });
  for (const [name, text] of [
    ['title', input.title],
    ['description', input.description ?? ''],
  ] as const) {
    if (unread.delete(text)) {
      readText(text.slice(0, MAX_TEXT_CHARACTERS), PROSE, () => `#/normalized/${name}`, true);
    }
  }
  for (const sighting of [...found, ...mentioned]) {
    if (sighting.type !== 'url' || !isConsoleUrl(sighting.value, ids))
      addFound(sighting, collector);
  }
}

/** Whether a string contains JSON or XML. Stated indicators rarely cover all of it. */
const isContainer = (value: unknown): boolean =>
  typeof value === 'string' && /^\s{0,16}[[{<]/.test(value);

const WRAPPER = '/value';

/** Where stated indicators stand. One in a `value` stands for the object around it too. */
function placesOf(stated: ExtractionInput['statedIndicators']): ReadonlySet<string> {
  const places = new Set<string>();
  for (const { pointer } of stated) {
    if (pointer === undefined || isCutPointer(pointer)) continue;
    places.add(pointer);
    if (pointer.endsWith(WRAPPER)) places.add(pointer.slice(0, -WRAPPER.length));
  }
  return places;
}

function addFound({ type, value, role, provenance }: Found, collector: Collector): void {
  const canonical = canonicalize(type, value);
  if (!canonical.ok) return;
  collector.add({ type, canonical, role, provenance });
  // The host of a link that only leads to another one is a mail filter or a search engine.
  const host =
    type === 'url' && !wrapsUrl(canonical.value) ? hostOfUrl(canonical.value) : undefined;
  const ofHost = host && canonicalize(host.type, host.value);
  if (host && ofHost?.ok) {
    collector.add({
      type: host.type,
      canonical: ofHost,
      role,
      provenance: { ...provenance, extractor: 'url-host' },
    });
  }
}
