import { remembered, REMEMBERED_KEYS } from '@calseta/common';
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

/** The meaning of a key, independent of its parents. */
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
  /** Whether an object with this key is a user or an account, so that its `name` is an account name. */
  describesAccount: boolean;
  isUserPart: boolean;
  /** Rank among label keys; undefined for other keys. */
  labelRank: number | undefined;
  isValueName: boolean;
  /** Prefix before `value` in the key: `ioc` in `ioc_value`. */
  valuePrefix: string | undefined;
  /** Whether an object with this key can contain a labelled value or be a named entity. */
  mayName: boolean;
};

const analyzeKey = remembered((key): AnalyzedKey => analyze(keyWords(key)), {
  ...REMEMBERED_KEYS,
  maxCharacters: MAX_KEY_CHARACTERS,
});

export type KeyReader = (key: string) => AnalyzedKey;

/** The end of a key. Copied, because a slice would keep the whole key in memory. */
const endOf = (key: string): string =>
  key.length <= MAX_KEY_CHARACTERS ? key : Buffer.from(key.slice(-MAX_KEY_CHARACTERS)).toString();

/**
 * Reads the keys of one payload. After `MAX_DISTINCT_KEYS`, only as many further distinct keys are
 * interpreted; the others have no meaning.
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

/** The key of the root and of other values without a key. */
export const namelessKey = analyze(keyWords(''));

/** The hint of a key, including the parent key for `user: { name }`. */
export function hintFor(key: AnalyzedKey, parent: AnalyzedKey | undefined): KeyHint | undefined {
  if (!key.inheritsHint || !parent) return key.ownHint;
  const known = inherited.get(parent)?.get(key.squashed);
  if (known !== undefined) return known ?? undefined;
  const hint = hintFromParent(key.squashed, parent.squashed) ?? key.ownHint;
  const ofParent = inherited.get(parent) ?? new Map<string, KeyHint | null>();
  inherited.set(parent, ofParent.set(key.squashed, hint ?? null));
  return hint;
}

/** Hints by parent key. Each parent has few, because few keys inherit. */
const inherited = new WeakMap<AnalyzedKey, Map<string, KeyHint | null>>();
