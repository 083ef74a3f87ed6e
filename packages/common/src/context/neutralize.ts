/**
 * Characters that are invisible or change how other text looks: controls except tab and line ends, format
 * characters (bidirectional, zero-width, tags), characters that a renderer may omit, line separators,
 * noncharacters, lone surrogates, and characters that look blank without being spaces.
 */
const HIDDEN = String.raw`(?![\t\n\r])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u{16fe4}\u2800\ufffc\u{1d159}]`;

/** An emoji, optionally with a skin tone or one variation selector. */
const EMOJI = String.raw`(?![#*\d]|\p{Regional_Indicator})\p{Emoji}(?:\p{Emoji_Modifier}|[\ufe0e\ufe0f](?![\ufe00-\ufe0f]))?`;
const KEYCAP = String.raw`[#*\d]\ufe0f\u20e3`;

const ANY_HIDDEN = new RegExp(HIDDEN, 'u');
const EMOJI_OR_HIDDEN = new RegExp(`${KEYCAP}|${EMOJI}(?:\\u200d${EMOJI})*|((?:${HIDDEN})+)`, 'gu');

/** Emoji that fonts draw as one picture, such as a family. Needs the flag `v`, which Node 20 has and TypeScript's target lacks. */
const ONE_PICTURE = new RegExp(String.raw`^\p{RGI_Emoji_ZWJ_Sequence}$`, 'v');
const JOINER = '\u200d';

export type NeutralText = { text: string; madeVisibleCount: number };

/** Nothing of printable ASCII is hidden; asking that first takes a third of the time. */
const NOT_PLAIN = /[^\t\n\r -~]/;

/** Whether a text may contain hidden characters. Emoji count too. */
export const mayHide = (text: string): boolean => NOT_PLAIN.test(text) && ANY_HIDDEN.test(text);

/**
 * Replaces hidden characters with visible escapes (`\u{202e}`), so that nothing is hidden and nothing is lost.
 * Those inside an emoji stay. Joiners in Persian or Indic words are replaced, because no reader can see them and
 * they could carry a hidden message.
 */
export function neutralize(text: string): NeutralText {
  if (!mayHide(text)) return { text, madeVisibleCount: 0 };
  let madeVisibleCount = 0;
  const show = (characters: string): string => {
    let shown = '';
    for (const character of characters) {
      madeVisibleCount += 1;
      shown += `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
    }
    return shown;
  };
  const shown = text.replace(EMOJI_OR_HIDDEN, (found: string, hidden?: string) => {
    if (hidden !== undefined) return show(hidden);
    const isOnePicture = !found.includes(JOINER) || ONE_PICTURE.test(found);
    return isOnePicture ? found : found.replaceAll(JOINER, show);
  });
  return { text: shown, madeVisibleCount };
}
