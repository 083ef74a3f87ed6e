import { type KeyHint, forbidsFileHash, isMessageIdKey, keyHint } from './key-hints.js';
import { type KeyWords, keyWords } from './key-words.js';
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
};

const MAX_CACHED_KEYS = 4_096;
const cache = new Map<string, AnalyzedKey>();

/** Vendors repeat their keys in every alert, so the answers are kept; a flood of new keys starts over. */
export function analyzeKey(key: string): AnalyzedKey {
  const known = cache.get(key);
  if (known) return known;
  if (cache.size >= MAX_CACHED_KEYS) cache.clear();
  const words = keyWords(key);
  const analyzed = {
    ...words,
    isSkipped: isSkippedKey(words),
    isConsoleLink: isConsoleLinkKey(words),
    isMessageId: isMessageIdKey(words),
    isId:
      /^(?:id|ids|uuid|guid)$/.test(words.words.at(-1) ?? '') ||
      /(?:id|uuid|guid)$/.test(words.squashed),
    namesNoHost: namesNoHostByKey(words),
    forbidsHash: forbidsFileHash(words.segments),
    ownHint: keyHint(words, undefined),
  };
  cache.set(key, analyzed);
  return analyzed;
}
