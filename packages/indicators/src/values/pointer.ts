import { MAX_POINTER_CHARACTERS } from './limits.js';

/** The end of a shortened pointer. No key produces it, because `~` in a key is written `~0`. */
const CUT = '/~…';

export const isCutPointer = (pointer: string): boolean => pointer.endsWith(CUT);

/**
 * Appends a step to an RFC 6901 JSON Pointer. A pointer that would be too long stays at the last step that fits
 * and ends in `/~…`.
 */
export function childPointer(parent: string, step: string | number): string {
  if (isCutPointer(parent)) return parent;
  const escaped =
    typeof step === 'number' ? step : escapeStep(step.slice(0, MAX_POINTER_CHARACTERS));
  const child = `${parent}/${escaped}`;
  return child.length > MAX_POINTER_CHARACTERS ? parent + CUT : child;
}

/** The RFC 6901 JSON Pointer of a path of keys and indexes, shortened like `childPointer`. */
export const toPointer = (path: readonly (string | number)[]): string =>
  path.reduce<string>((pointer, step) => childPointer(pointer, step), '');

const escapeStep = (step: string): string =>
  /[~/]/.test(step) ? step.replaceAll('~', '~0').replaceAll('/', '~1') : step;
