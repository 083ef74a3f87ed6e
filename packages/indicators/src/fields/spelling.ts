import { refangRewritten } from '../values/refang.js';
import { type Span, rewritten } from '../values/rewritten-text.js';

/** What the payload spells for a value, and where in its string. */
export type Written = { statedAs: string; span?: Span };

/** Asked for the values of one string in their order. */
export type Spelling = (value: string) => Written;

/** How the values that were read in `plain`, the refanged form of `raw`, are spelled in `raw`. */
export function createSpelling(raw: string, plain: string): Spelling {
  const lead = raw.length - raw.trimStart().length;
  const original = rewritten(raw.trim());
  if (original.text !== plain) refangRewritten(original);
  let from = 0;
  return (value) => {
    const next = plain.indexOf(value, from);
    const at = next < 0 ? plain.indexOf(value) : next;
    from = at + 1;
    const found = original.originalSpan(at < 0 ? [0, plain.length] : [at, at + value.length]);
    if (!found) return { statedAs: value };
    const span: Span = [lead + found[0], lead + found[1]];
    return { statedAs: raw.slice(...span), span };
  };
}
