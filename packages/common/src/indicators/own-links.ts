const MAX_IDS = 500;
const MIN_ID_CHARACTERS = 6;
const MAX_ID_CHARACTERS = 128;
const SEPARATORS = /[/?&=#;,]+/;

/** The ids that an alert carries. */
export type IdSet = { add(id: string): void; has(id: string): boolean };

export function createIdSet(): IdSet {
  const ids = new Set<string>();
  return {
    add: (id) => {
      if (id.length >= MIN_ID_CHARACTERS && id.length <= MAX_ID_CHARACTERS && ids.size < MAX_IDS)
        ids.add(id);
    },
    has: (id) => ids.has(id),
  };
}

/** A URL with one of the alert's own ids in it leads to the alert in its product, and is part of no attack. */
export const isConsoleUrl = (url: string, ids: IdSet): boolean =>
  url.split(SEPARATORS).some((part) => ids.has(part));
