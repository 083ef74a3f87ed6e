import { mayHide, neutralize } from './neutralize.js';

export type NeutralJson = { json: string; madeVisibleCount: number };

/** An escape that may stand for a hidden character: after an even number of backslashes. */
const ESCAPE = /(?<!\\)(?:\\\\)*\\[bfu]/;
/** Texts, and the brackets of the objects whose keys some of them are. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/gs;
const COLON = /\s*:/y;

/**
 * Writes the hidden characters in the keys and values of JSON text visibly; all else stays as it stands, the
 * spelling of numbers included. Keys of an object that were different stay different.
 */
export function neutralizeJson(json: string): NeutralJson {
  if (!ESCAPE.test(json) && !mayHide(json)) return { json, madeVisibleCount: 0 };
  let madeVisibleCount = 0;
  const objects: TakenKeys[] = [];
  const shown = json.replace(TOKENS, (token, at: number) => {
    if (token === '{') objects.push(new Map());
    if (token === '}') objects.pop();
    if (token === '{' || token === '}') return token;
    const sent = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
    const neutral = neutralize(sent);
    madeVisibleCount += neutral.madeVisibleCount;
    COLON.lastIndex = at + token.length;
    const taken = COLON.test(json) ? objects.at(-1) : undefined;
    const text = taken ? keyOfItsOwn(taken, sent, neutral.text) : neutral.text;
    return text === sent ? token : JSON.stringify(text);
  });
  return { json: shown, madeVisibleCount };
}

/** The keys of an object as they are shown, each with the one that was sent, and the next number for its like. */
type TakenKeys = Map<string, { sent: string; next: number }>;

function keyOfItsOwn(taken: TakenKeys, sent: string, shown: string): string {
  const first = taken.get(shown);
  if (!first) taken.set(shown, { sent, next: 2 });
  if (!first || first.sent === sent) return shown;
  const numbered = `${shown} (${first.next})`;
  first.next += 1;
  return keyOfItsOwn(taken, sent, numbered);
}
