/** Tactics of ATT&CK Enterprise, by name without spaces and punctuation. */
const TACTIC_IDS: Record<string, string> = {
  reconnaissance: 'TA0043',
  resourcedevelopment: 'TA0042',
  initialaccess: 'TA0001',
  execution: 'TA0002',
  persistence: 'TA0003',
  privilegeescalation: 'TA0004',
  defenseevasion: 'TA0005',
  defenceevasion: 'TA0005',
  credentialaccess: 'TA0006',
  discovery: 'TA0007',
  lateralmovement: 'TA0008',
  collection: 'TA0009',
  commandandcontrol: 'TA0011',
  exfiltration: 'TA0010',
  impact: 'TA0040',
};

/** Ids of the tactics that the texts contain by name or id; unknown names are left out. */
export function readTactics(texts: readonly string[]): string[] {
  const ids = new Set<string>();
  for (const text of texts) {
    for (const id of text.match(/\bTA\d{4}\b/gi) ?? []) ids.add(id.toUpperCase());
    for (const name of text.split(/[,;|[\]"]/)) {
      const id = TACTIC_IDS[name.toLowerCase().replaceAll(/[^a-z]/g, '')];
      if (id !== undefined) ids.add(id);
    }
  }
  return [...ids];
}

/** Technique and sub-technique ids (`T1059`, `t1059.001`) in the texts, in upper case. */
export function readTechniques(texts: readonly string[]): string[] {
  const ids = texts.flatMap((text) => text.match(/\bT\d{4}(?:\.\d{3})?\b/gi) ?? []);
  return [...new Set(ids.map((id) => id.toUpperCase()))];
}

const SIGMA_TAG = /^attack\.(?<name>.{1,100})$/i;

/** Reads the tags of Sigma rules: `attack.t1059.001` is a technique, `attack.persistence` a tactic. */
export function readSigmaTags(tags: readonly string[]): {
  tactics: string[];
  techniques: string[];
} {
  const names = tags.flatMap((tag) => SIGMA_TAG.exec(tag.trim())?.groups?.['name'] ?? []);
  return { tactics: readTactics(names), techniques: readTechniques(names) };
}
