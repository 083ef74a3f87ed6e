import {
  type ExtractedIndicator,
  type IndicatorType,
  type Provenance,
  type Role,
  storableText,
} from '@calseta/common';
import { type ExtractionOutcome } from './extraction.js';
import { accountParts } from '../canonicalize/account.js';
import { type Canonical } from '../canonicalize/canonical.js';
import { canonicalize } from '../canonicalize/canonicalize.js';
import { stripInvisible } from '../canonicalize/clean.js';
import { canonicalizeUrl, hostOfUrl } from '../canonicalize/url.js';
import { urlsBehind, wrapsUrl } from '../vocabulary/link-wrappers.js';
import {
  MAX_FOUND_PER_TYPE,
  MAX_INDICATORS_PER_ALERT,
  MAX_PROVENANCE_PER_INDICATOR,
  MAX_STATED_AS_CHARACTERS,
} from '../values/limits.js';
import { copyText } from '../values/copy-text.js';

export type Sighting = {
  type: IndicatorType;
  canonical: Omit<Canonical, 'ok'>;
  isMalformed?: boolean;
  role?: Role | undefined;
  provenance: Provenance;
};

export type Collector = {
  add(sighting: Sighting): void;
  /** Whether a further found value of this type would be dropped. */
  isFull(type: IndicatorType): boolean;
  outcome(): Pick<ExtractionOutcome, 'indicators' | 'dropped'>;
};

/** Merges sightings into one indicator per (type, canonical value), in the order of first sight, within the limits. */
export function createCollector(): Collector {
  const indicators = new Map<string, ExtractedIndicator>();
  const foundOfType = new Map<IndicatorType, number>();
  const beyond = new Set<string>();
  const isFull = (type: IndicatorType) =>
    indicators.size >= MAX_INDICATORS_PER_ALERT ||
    (foundOfType.get(type) ?? 0) >= MAX_FOUND_PER_TYPE;

  const isOverCap = ({ type, provenance }: Sighting): boolean =>
    isFoundBySearch(provenance) ? isFull(type) : indicators.size >= MAX_INDICATORS_PER_ALERT;

  const addOne = (sighting: Sighting): void => {
    const key = `${sighting.type}|${sighting.canonical.value}`;
    const known = indicators.get(key);
    if (known) {
      extend(known, sighting);
    } else if (isOverCap(sighting)) {
      if (beyond.size < MAX_INDICATORS_PER_ALERT * 20) beyond.add(key);
    } else {
      indicators.set(key, firstSight(sighting));
      if (isFoundBySearch(sighting.provenance)) {
        foundOfType.set(sighting.type, (foundOfType.get(sighting.type) ?? 0) + 1);
      }
    }
  };

  return {
    isFull,
    add(sighting) {
      addOne(sighting);
      if (sighting.type === 'url' && !sighting.isMalformed) behind(sighting).forEach(addOne);
    },
    outcome: () => ({
      indicators: joinBareAccounts([...indicators.values()]),
      dropped: beyond.size,
    }),
  };
}

/** What a link leads to by itself, at the place of the link: the links behind it, and the host of the last. */
function behind({ canonical: { value: link }, role, provenance }: Sighting): Sighting[] {
  return urlsBehind(link).flatMap((value) => {
    const url = canonicalizeUrl(value);
    if (!url.ok) return [];
    const found: Sighting = {
      type: 'url',
      canonical: url,
      role,
      provenance: { ...provenance, extractor: 'url-behind' },
    };
    const host = wrapsUrl(value) ? undefined : hostOfUrl(value);
    const ofHost = host && canonicalize(host.type, host.value);
    if (!host || !ofHost?.ok) return [found];
    const extractor = 'url-host';
    const source = { ...provenance, extractor };
    return [found, { type: host.type, canonical: ofHost, role, provenance: source }];
  });
}

const isFoundBySearch = ({ pass }: Provenance): boolean => pass === 'field' || pass === 'text';

function firstSight({
  type,
  canonical,
  isMalformed = false,
  role,
  provenance,
}: Sighting): ExtractedIndicator {
  return {
    type,
    value: copyText(canonical.value),
    ...(canonical.displayValue !== undefined && {
      displayValue: copyText(canonical.displayValue),
    }),
    classification: canonical.classification,
    isMalformed,
    ...(role && { role }),
    provenance: [storable(provenance)],
  };
}

function extend(known: ExtractedIndicator, { role, provenance }: Sighting): void {
  if (role) known.role ??= role;
  const isNew = !known.provenance.some(
    (seen) =>
      seen.pass === provenance.pass &&
      seen.pointer === provenance.pointer &&
      seen.mappingId === provenance.mappingId,
  );
  if (isNew && known.provenance.length < MAX_PROVENANCE_PER_INDICATOR) {
    known.provenance.push(storable(provenance));
  }
}

function storable(provenance: Provenance): Provenance {
  const { extractor, pointer, statedAs } = provenance;
  return {
    ...provenance,
    pointer: copyText(storableText(pointer)),
    ...(extractor !== undefined && { extractor: copyText(storableText(extractor)) }),
    ...(statedAs !== undefined && {
      statedAs: copyText(stripInvisible(statedAs.slice(0, MAX_STATED_AS_CHARACTERS))),
    }),
  };
}

/** Merges a found `jdoe` into the only `corp\jdoe`. A stated `jdoe` stays. */
function joinBareAccounts(indicators: ExtractedIndicator[]): ExtractedIndicator[] {
  const qualified = new Map<string, ExtractedIndicator[]>();
  for (const indicator of indicators) {
    if (indicator.type !== 'account') continue;
    const { user, realm } = accountParts(indicator.value);
    if (realm !== undefined) qualified.set(user, [...(qualified.get(user) ?? []), indicator]);
  }
  return indicators.filter((indicator) => {
    const homes = indicator.type === 'account' ? (qualified.get(indicator.value) ?? []) : [];
    const [home] = homes;
    if (!home || homes.length > 1 || !indicator.provenance.every(isFoundBySearch)) return true;
    for (const provenance of indicator.provenance) {
      if (home.provenance.length < MAX_PROVENANCE_PER_INDICATOR) home.provenance.push(provenance);
    }
    return false;
  });
}
