/** Tactics of ATT&CK Enterprise, by name without spaces and signs. */
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

/** Ids of the tactics named or numbered in the texts; names that are none of ATT&CK's are left out. */
export function readTactics(texts: readonly string[]): string[] {
  const ids = new Set<string>();
  for (const text of texts) {
    for (const id of text.match(/\bTA\d{4}\b/g) ?? []) ids.add(id);
    for (const name of text.split(/[,;|[\]"]/)) {
      const id = TACTIC_IDS[name.toLowerCase().replaceAll(/[^a-z]/g, '')];
      if (id !== undefined) ids.add(id);
    }
  }
  return [...ids];
}

/** Technique and sub-technique ids (`T1059`, `T1059.001`) in the texts. */
export function readTechniques(texts: readonly string[]): string[] {
  const ids = texts.flatMap((text) => text.match(/\bT\d{4}(?:\.\d{3})?\b/g) ?? []);
  return [...new Set(ids)];
}
