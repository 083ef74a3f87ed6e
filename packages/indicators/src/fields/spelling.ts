import { refangRewritten } from '../values/refang.js';
import { type Span, rewritten } from '../values/rewritten-text.js';

/** A value as the payload spells it, and its position in the string. */
export type Written = { statedAs: string; span?: Span };

/** Returns the spelling of a value. Must be called in the order of the values. */
export type Spelling = (value: string) => Written;

/** Finds how values are spelled in `raw` that were read in its refanged form `plain`. */
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
