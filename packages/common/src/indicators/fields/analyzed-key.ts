import {
  type KeyHint,
  forbidsFileHash,
  inheritsHint,
  isMessageIdKey,
  keyHint,
  ownHint,
} from './key-hints.js';
import { type KeyWords, keyWords } from './key-words.js';
import { LABEL_RANK, VALUE_NAMES } from './label-names.js';
import { isConsoleLinkKey, isSkippedKey, namesNoHostByKey } from './skip-rules.js';

/** All that a key says, whatever stands above it. */
export type AnalyzedKey = KeyWords & {
  isSkipped: boolean;
  isConsoleLink: boolean;
  isMessageId: boolean;
  isId: boolean;
  namesNoHost: boolean;
  forbidsHash: boolean;
  ownHint: KeyHint | undefined;
  inheritsHint: boolean;
  /** Place among the keys that name what stands under a value key beside them; undefined for others. */
  labelRank: number | undefined;
  isValueName: boolean;
};

const MAX_CACHED_KEYS = 4_096;
const cache = new Map<string, AnalyzedKey>();

/** Vendors repeat their keys in every alert, so the answers are kept; a flood of new keys starts over. */
export function analyzeKey(key: string): AnalyzedKey {
  const known = cache.get(key);
  if (known) return known;
  if (cache.size >= MAX_CACHED_KEYS) cache.clear();
  const analyzed = analyze(keyWords(key));
  cache.set(key, analyzed);
  return analyzed;
}

function analyze(words: KeyWords): AnalyzedKey {
  return {
    ...words,
    isSkipped: isSkippedKey(words),
    isConsoleLink: isConsoleLinkKey(words),
    isMessageId: isMessageIdKey(words),
    isId: /(?:id|ids|uuid|guid)$/.test(words.squashed),
    namesNoHost: namesNoHostByKey(words),
    forbidsHash: forbidsFileHash(words.segments),
    ownHint: ownHint(words),
    inheritsHint: inheritsHint(words),
    labelRank: LABEL_RANK.get(words.squashed),
    isValueName: VALUE_NAMES.has(words.squashed),
  };
}

/** What a key says about its value, with the key of the enclosing object for `user: { name }`. */
export const hintFor = (key: AnalyzedKey, parent: AnalyzedKey | undefined): KeyHint | undefined =>
  key.inheritsHint ? keyHint(key, parent) : key.ownHint;
