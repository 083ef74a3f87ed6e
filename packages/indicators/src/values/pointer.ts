import { MAX_POINTER_CHARACTERS } from './limits.js';

/** How a pointer ends that would be too long: a step that no key spells, for its `~` is written `~0`. */
const CUT = '/~…';

export const isCutPointer = (pointer: string): boolean => pointer.endsWith(CUT);

/**
 * The RFC 6901 JSON Pointer one step further down. Where it would be too long, it leads to the last thing
 * above whose pointer is not, and ends in `/~…`.
 */
export function childPointer(parent: string, step: string | number): string {
  if (isCutPointer(parent)) return parent;
  const escaped =
    typeof step === 'number' ? step : escapeStep(step.slice(0, MAX_POINTER_CHARACTERS));
  const child = `${parent}/${escaped}`;
  return child.length > MAX_POINTER_CHARACTERS ? parent + CUT : child;
}

/** An RFC 6901 JSON Pointer for a path of keys and indexes; cut as that of a child is. */
export const toPointer = (path: readonly (string | number)[]): string =>
  path.reduce<string>((pointer, step) => childPointer(pointer, step), '');

const escapeStep = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');
