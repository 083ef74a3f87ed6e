import {
  type KeyHint,
  describesAccount,
  forbidsFileHash,
  hintFromParent,
  inheritsHint,
  isMessageIdKey,
  isUserPart,
  ownHint,
} from '../vocabulary/key-hints.js';
import { MAX_DISTINCT_KEYS, MAX_KEY_CHARACTERS } from '../values/limits.js';
import { type KeyWords, keyWords } from '../vocabulary/key-words.js';
import { LABEL_RANK, VALUE_NAMES } from './label-names.js';
import { isConsoleLinkKey, isLinkName, isSkippedKey, namesNoHostByKey } from './skip-rules.js';

/** All that a key says, whatever stands above it. */
export type AnalyzedKey = KeyWords & {
  isSkipped: boolean;
  isConsoleLink: boolean;
  isLinkName: boolean;
  isMessageId: boolean;
  isId: boolean;
  namesNoHost: boolean;
  forbidsHash: boolean;
  ownHint: KeyHint | undefined;
  inheritsHint: boolean;
  /** Whether an object with this key is a user or an account: its `name` is one's. */
  describesAccount: boolean;
  isUserPart: boolean;
  /** Place among the keys that name what stands under a value key beside them; undefined for others. */
  labelRank: number | undefined;
  isValueName: boolean;
  /** What stands before `value` in the key of a value: `ioc` in `ioc_value`. */
  valuePrefix: string | undefined;
  /** Whether an object with this key may hold a named value or be an entity that goes by a name. */
  mayName: boolean;
};

const MAX_CACHED_KEYS = 4_096;
const cache = new Map<string, AnalyzedKey>();

/** Vendors repeat their keys in every alert, so the answers are kept; a flood of new keys starts over. */
function analyzeKey(key: string): AnalyzedKey {
  const known = cache.get(key);
  if (known) return known;
  if (cache.size >= MAX_CACHED_KEYS) cache.clear();
  const analyzed = analyze(keyWords(key));
  cache.set(key, analyzed);
  return analyzed;
}

export type KeyReader = (key: string) => AnalyzedKey;

/** What is read of a key. A copy, for a slice would keep all of the key in the cache. */
const endOf = (key: string): string =>
  key.length <= MAX_KEY_CHARACTERS ? key : Buffer.from(key.slice(-MAX_KEY_CHARACTERS)).toString();

/**
 * Reads the keys of one payload. Once it has had so many, only as many different ones again are asked
 * about, and further ones say nothing.
 */
export function createKeyReader(): KeyReader {
  const names = new Set<string>();
  let count = 0;
  return (key) => {
    const name = endOf(key);
    count += 1;
    if (count <= MAX_DISTINCT_KEYS) return analyzeKey(name);
    if (names.size < MAX_DISTINCT_KEYS) names.add(name);
    else if (!names.has(name)) return namelessKey;
    return analyzeKey(name);
  };
}

function analyze(words: KeyWords): AnalyzedKey {
  const isValueName = VALUE_NAMES.has(words.squashed);
  const valuePrefix = valuePrefixOf(words);
  return {
    ...words,
    isSkipped: isSkippedKey(words),
    isConsoleLink: isConsoleLinkKey(words),
    isLinkName: isLinkName(words),
    isMessageId: isMessageIdKey(words),
    isId: /(?:id|ids|uuid|guid)$/.test(words.squashed),
    namesNoHost: namesNoHostByKey(words),
    forbidsHash: forbidsFileHash(words.segments),
    ownHint: ownHint(words),
    inheritsHint: inheritsHint(words),
    describesAccount: describesAccount(words.squashed),
    isUserPart: isUserPart(words.squashed),
    labelRank: LABEL_RANK.get(words.squashed),
    isValueName,
    valuePrefix,
    mayName: isValueName || valuePrefix !== undefined || /^(?:account)?name$/.test(words.squashed),
  };
}

function valuePrefixOf({ words }: KeyWords): string | undefined {
  const isPrefixed = words.length > 1 && /^values?$/.test(words.at(-1) ?? '');
  return isPrefixed ? words.slice(0, -1).join('') : undefined;
}

/** The key of the root, and of whatever has none. */
export const namelessKey = analyze(keyWords(''));

/** What a key says about its value, with the key of the enclosing object for `user: { name }`. */
export function hintFor(key: AnalyzedKey, parent: AnalyzedKey | undefined): KeyHint | undefined {
  if (!key.inheritsHint || !parent) return key.ownHint;
  const known = inherited.get(parent)?.get(key.squashed);
  if (known !== undefined) return known ?? undefined;
  const hint = hintFromParent(key.squashed, parent.squashed) ?? key.ownHint;
  const ofParent = inherited.get(parent) ?? new Map<string, KeyHint | null>();
  inherited.set(parent, ofParent.set(key.squashed, hint ?? null));
  return hint;
}

/** Few keys inherit, so each parent holds few answers, and goes with them. */
const inherited = new WeakMap<AnalyzedKey, Map<string, KeyHint | null>>();
