const FIRST_KEY = /\{\s*(?<key>"(?:[^"\\]|\\.){1,200}?")/y;
const NEXT_TOKEN = /[{}[\]]/g;
const OPENING = new Set(['{', '[']);
const CLOSING = new Set(['}', ']']);
const BLANK = /\s/;

/** Finds where the next value begins after an unreadable one. Its cost is bounded for the whole body. */
export type Search = {
  spend(steps: number): void;
  /** Characters read so far. */
  steps(): number;
  /** Undefined when no sibling is found or the search exceeds its budget. */
  findSibling(start: number): number | undefined;
};

/**
 * A sibling is an object after the end of another one, or at the beginning of a line. The search takes the first
 * one at which all brackets are closed, else the first that begins with the same key as the broken value.
 */
export function createSearch(text: string, isList: boolean, budget: number): Search {
  let left = budget;
  let firstKey: string | undefined;

  return {
    spend: (steps) => void (left -= steps),
    steps: () => budget - left,
    findSibling(start) {
      firstKey = keyAt(text, start) ?? firstKey;
      let depth = 0;
      let likely: number | undefined;
      for (let at = nextToken(start, start); at !== undefined; at = nextToken(at, at + 1)) {
        if (CLOSING.has(text[at] ?? '')) depth -= 1;
        if (!OPENING.has(text[at] ?? '')) continue;
        const fit = at > start ? fitAt(at) : 'none';
        if (fit !== 'none' && depth === 0) return at;
        if (fit === 'likely') likely ??= at;
        depth += 1;
      }
      return left < 0 ? undefined : likely;
    },
  };

  function nextToken(from: number, searchFrom: number): number | undefined {
    NEXT_TOKEN.lastIndex = searchFrom;
    const at = NEXT_TOKEN.exec(text)?.index;
    left -= (at ?? text.length) - from + 1;
    return left < 0 ? undefined : at;
  }

  /** `possible`: a sibling if all brackets before it are closed; `likely`: even if they are not. */
  function fitAt(at: number): 'none' | 'possible' | 'likely' {
    const key = isBehindOther(at) ? keyAt(text, at) : undefined;
    if (key === undefined) return 'none';
    return key === firstKey || beginsLine(at) ? 'likely' : 'possible';
  }

  /** Values back to back usually begin on lines of their own. */
  function beginsLine(at: number): boolean {
    return !isList && text[at - 1] === '\n';
  }

  function isBehindOther(at: number): boolean {
    if (beginsLine(at)) return true;
    let before = skipBlanksBack(at);
    if (text[before] === ',' && isList) before = skipBlanksBack(before);
    return text[before] === '}';
  }

  function skipBlanksBack(at: number): number {
    let before = at - 1;
    while (before >= 0 && BLANK.test(text[before] ?? '')) before -= 1;
    left -= at - before;
    return before;
  }
}

function keyAt(text: string, at: number): string | undefined {
  FIRST_KEY.lastIndex = at;
  return FIRST_KEY.exec(text)?.groups?.['key'];
}
