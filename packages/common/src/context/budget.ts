import { cutToBytes } from '../text/cut-to-bytes.js';
import { neutralizeJson } from './neutralize-json.js';
import { type CountTokens } from './payload-settings.js';

/** What a text costs. Tokens are 0 where nobody counts them. */
export type Cost = { bytes: number; tokens: number };

export type Limits = { maxBytes: number; maxTokens?: number; countTokens?: CountTokens };

/** Bytes of one token, at most, in texts that are worth a token: longer texts cannot fit and are not counted. */
const BYTES_PER_TOKEN = 8;
/** Texts are counted in pieces, because the work for one long word grows faster than its length. */
const PIECE_CHARACTERS = 1_024;
/** Below this a text says nothing. */
const LEAST_CUT_BYTES = 64;
const CUT_TRIES = 8;

/** What is left of the limits of a payload. Costs are those of JSON whose hidden characters are written visibly. */
export interface Budget {
  /** Whether a text of that JSON fits while so much stays free. */
  fits(json: string, reserve?: Cost): boolean;
  spend(json: string): void;
  costOf(json: string): Cost;
  /** Cost of a text that shows its hidden characters already. */
  costOfText(text: string): Cost;
  /** Spends what such a text costs. */
  spendText(text: string): void;
  /** The longest beginning of a text that fits as JSON; undefined: not even a little. */
  cut(text: string, reserve: Cost, share?: number): string | undefined;
}

export function createBudget({ maxBytes, maxTokens = Infinity, countTokens }: Limits): Budget {
  const left: Cost = { bytes: maxBytes, tokens: maxTokens };
  const counts = countTokens && maxTokens !== Infinity ? countTokens : undefined;

  const costOfText = (json: string): Cost => {
    const bytes = Buffer.byteLength(json);
    if (!counts) return { bytes, tokens: 0 };
    if (bytes > maxTokens * BYTES_PER_TOKEN) return { bytes, tokens: Infinity };
    return { bytes, tokens: countPieces(json, counts) };
  };
  const costOf = (json: string): Cost => costOfText(neutralizeJson(json).json);
  const spend = ({ bytes, tokens }: Cost): void => {
    left.bytes -= bytes;
    left.tokens -= tokens;
  };
  const fits = (written: string, reserve: Cost = NOTHING): boolean => {
    const { json } = neutralizeJson(written);
    const bytes = Buffer.byteLength(json);
    if (bytes > left.bytes - reserve.bytes) return false;
    if (!counts) return true;
    const tokens = left.tokens - reserve.tokens;
    return bytes <= tokens * BYTES_PER_TOKEN && countPieces(json, counts) <= tokens;
  };

  return {
    costOf,
    fits,
    costOfText,
    spend: (json) => spend(costOf(json)),
    spendText: (text) => spend(costOfText(text)),
    cut(text, reserve, share = 1) {
      const bytes = (left.bytes - reserve.bytes) * share;
      const tokens = (left.tokens - reserve.tokens) * share;
      const room = { bytes: left.bytes - bytes, tokens: counts ? left.tokens - tokens : 0 };
      return longestThatFits(text, Math.floor(Math.min(bytes, tokens * BYTES_PER_TOKEN)), (json) =>
        fits(json, room),
      );
    },
  };
}

const NOTHING: Cost = { bytes: 0, tokens: 0 };

/** Halves the distance between what fits and what does not: a few counts for a cut that is nearly the longest. */
function longestThatFits(
  text: string,
  maxBytes: number,
  fits: (json: string) => boolean,
): string | undefined {
  if (maxBytes < LEAST_CUT_BYTES) return undefined;
  let best: string | undefined;
  let low = 0;
  let high = Math.min(maxBytes, Buffer.byteLength(text));
  for (let tries = 0; tries < CUT_TRIES && high - low >= LEAST_CUT_BYTES / 2; tries += 1) {
    const middle = best === undefined && tries === 0 ? high : Math.floor((low + high) / 2);
    const candidate = atWordEnd(text, cutToBytes(text, middle));
    if (fits(JSON.stringify(candidate))) {
      best = candidate;
      low = middle;
      if (middle === high) break;
    } else high = middle;
  }
  return best !== undefined && Buffer.byteLength(best) >= LEAST_CUT_BYTES ? best : undefined;
}

/** Ends a cut at a space, so that no half word misleads. */
function atWordEnd(text: string, cut: string): string {
  if (cut.length === text.length) return cut;
  const end = Math.max(cut.lastIndexOf(' '), cut.lastIndexOf('\n'));
  return end > cut.length / 2 ? cut.slice(0, end) : cut;
}

function countPieces(text: string, countTokens: CountTokens): number {
  if (text.length <= PIECE_CHARACTERS) return countTokens(text);
  let tokens = 0;
  for (let start = 0; start < text.length; start += PIECE_CHARACTERS) {
    tokens += countTokens(text.slice(start, start + PIECE_CHARACTERS));
  }
  return tokens;
}
