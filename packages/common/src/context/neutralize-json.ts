import { mayHide, neutralize } from './neutralize.js';

export type NeutralJson = { json: string; madeVisibleCount: number };

/** An escape that can encode a hidden character, after an even number of backslashes. */
const ESCAPE = /(?<!\\)(?:\\\\)*\\[bfu]/;
/** Strings, and the brackets of objects, which are needed to tell keys from values. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/gs;
const COLON = /\s*:/y;

/**
 * Makes hidden characters in the keys and values of JSON text visible. Everything else stays unchanged, including the
 * spelling of numbers. Different keys of an object stay different.
 */
export function neutralizeJson(json: string): NeutralJson {
  const hasEscape = json.includes('\\') && ESCAPE.test(json);
  if (!hasEscape && !mayHide(json)) return { json, madeVisibleCount: 0 };
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

/** The shown keys of an object, each with the key that was sent and the number for the next duplicate. */
type TakenKeys = Map<string, { sent: string; next: number }>;

function keyOfItsOwn(taken: TakenKeys, sent: string, shown: string): string {
  const first = taken.get(shown);
  if (!first) taken.set(shown, { sent, next: 2 });
  if (!first || first.sent === sent) return shown;
  const numbered = `${shown} (${first.next})`;
  first.next += 1;
  return keyOfItsOwn(taken, sent, numbered);
}
