const MAX_IDS = 500;
const MIN_ID_CHARACTERS = 6;
const MAX_ID_CHARACTERS = 128;
const SEPARATORS = /[/?&=#;,]+/;

/** The ids of an alert, and its links to the sender's product. */
export type IdSet = {
  add(id: string): void;
  addLink(url: string): void;
  has(id: string): boolean;
  hasLink(url: string): boolean;
};

export function createIdSet(): IdSet {
  const ids = new Set<string>();
  const links = new Set<string>();
  return {
    add: (id) => {
      if (id.length >= MIN_ID_CHARACTERS && id.length <= MAX_ID_CHARACTERS && ids.size < MAX_IDS)
        ids.add(id);
    },
    addLink: (url) => {
      if (links.size < MAX_IDS) links.add(url);
    },
    has: (id) => ids.has(id),
    hasLink: (url) => links.has(url),
  };
}

/** Whether a URL belongs to the sender's product: it contains an id of the alert or repeats one of its links. */
export const isConsoleUrl = (url: string, ids: IdSet): boolean =>
  ids.hasLink(url) || url.split(SEPARATORS).some((part) => ids.has(part));

/** Whether a URL ends with the id of its own record: `{ id: 22, url: "https://…/hosts/22" }`. */
export function isSelfLink(url: string, owner: Readonly<Record<string, unknown>> = {}): boolean {
  const id = owner['id'];
  if (typeof id !== 'string' && typeof id !== 'number') return false;
  return (
    url.includes('://') && url.split(SEPARATORS).findLast((part) => part !== '') === String(id)
  );
}
