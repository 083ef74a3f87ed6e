export type RememberedOptions = {
  /** A further text clears all kept answers, so that a flood of new texts costs no memory. */
  maxTexts: number;
  /** Answers for longer texts are not kept. */
  maxCharacters: number;
};

/** For what is known of a key: vendors repeat their keys in every alert. */
export const REMEMBERED_KEYS: RememberedOptions = { maxTexts: 4_096, maxCharacters: 128 };

/** The function with its answers kept, for texts of which few occur often. */
export function remembered<T>(
  answer: (text: string) => T,
  { maxTexts, maxCharacters }: RememberedOptions,
): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const kept = known.get(text);
    if (kept !== undefined) return kept;
    const found = answer(text);
    if (text.length > maxCharacters) return found;
    if (known.size >= maxTexts) known.clear();
    known.set(text, found);
    return found;
  };
}
