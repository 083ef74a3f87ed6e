import { canonicalize } from './canonicalize/canonicalize.js';
import { hostOfUrl } from './canonicalize/url.js';
import type { ExtractionInput, ExtractionOutcome, Provenance } from './extracted-indicator.js';
import { walkFields } from './fields/field-walk.js';
import { roleFromKeys } from './fields/roles.js';
import type { IndicatorType } from './indicator-type.js';
import { MAX_TEXT_CHARACTERS } from './limits.js';
import { collectMapped } from './mappings.js';
import { type Collector, createCollector } from './merge.js';
import { isConsoleUrl, createIdSet } from './own-links.js';
import { collectStated } from './stated.js';
import type { TextPolicy } from './text/finding.js';
import { readableText, scanText } from './text/scan-text.js';

type Found = {
  type: IndicatorType;
  value: string;
  keys: readonly string[];
  provenance: Provenance;
};

const PROSE: TextPolicy = { isProse: true, acceptsAnySuffix: false };

/**
 * Reads the indicators out of an alert: what is stated, what mappings point to, what fields hold, what
 * texts mention, in this order. Pure; never throws, whatever the payload; bounded in time and in size.
 */
export function extractIndicators(input: ExtractionInput): ExtractionOutcome {
  const collector = createCollector();
  collectStated(input.statedIndicators, collector);
  collectMapped('system', input, collector);
  collectMapped('custom', input, collector);
  collectFound(input, collector);
  return collector.outcome();
}

function collectFound(input: ExtractionInput, collector: Collector): void {
  const found: Found[] = [];
  const mentioned: Found[] = [];
  const ids = createIdSet();
  const texts = new Set([input.title, input.description ?? '']);
  const unread = new Set(texts);
  const stated = new Set(input.statedIndicators.map(({ pointer }) => pointer));

  const readText = (text: string, policy: TextPolicy, keys: readonly string[], pointer: string) => {
    const readable = readableText(text);
    for (const { type, value, offset, rule } of scanText(readable, policy)) {
      const provenance: Provenance = {
        pass: 'text',
        pointer,
        extractor: `text:${rule}`,
        statedAs: value,
        ...(readable === text && { offset }),
      };
      mentioned.push({ type, value, keys, provenance });
    }
  };

  walkFields(
    input.rawPayload,
    {
      whole: ({ type, value, statedAs, keys, key, pointer }) =>
        found.push({
          type,
          value,
          keys,
          provenance: { pass: 'field', pointer, extractor: `key:${key}`, statedAs },
        }),
      text: ({ text, policy, keys, pointer }) => {
        const isKnown = unread.delete(text);
        readText(text, isKnown ? PROSE : policy, keys, pointer);
      },
      id: (value) => ids.add(value),
    },
    (pointer) => stated.has(pointer) || stated.has(`${pointer}/value`),
  );
  for (const [name, text] of [
    ['title', input.title],
    ['description', input.description ?? ''],
  ] as const) {
    if (unread.delete(text))
      readText(text.slice(0, MAX_TEXT_CHARACTERS), PROSE, [], `#/normalized/${name}`);
  }
  for (const sighting of [...found, ...mentioned]) {
    if (sighting.type !== 'url' || !isConsoleUrl(sighting.value, ids))
      addFound(sighting, collector);
  }
}

function addFound({ type, value, keys, provenance }: Found, collector: Collector): void {
  const canonical = canonicalize(type, value);
  if (!canonical.ok) return;
  const isText = provenance.pass === 'text';
  const role = roleFromKeys(type, isText ? [] : keys);
  collector.add({ type, canonical, role, provenance });
  const host = type === 'url' ? hostOfUrl(canonical.value) : undefined;
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
