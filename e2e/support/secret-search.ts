/** Finds secret values in every spelling in which they could leak. */
export type SecretSearch = {
  add: (name: string, value: string) => void;
  /** The names of the secrets that a text contains. */
  findIn: (text: string) => string[];
  names: () => string[];
};

/** Shorter ones could occur in a text by chance. */
const MIN_LENGTH = 12;
const ALIGNMENTS = [0, 1, 2];

export function createSecretSearch(): SecretSearch {
  const spellingsByName = new Map<string, string[]>();
  return {
    add(name, value) {
      if (value.length < MIN_LENGTH) throw new Error(`${name} is too short to be searched for`);
      spellingsByName.set(name, spellings(value));
    },
    findIn(text) {
      const lower = text.toLowerCase();
      return [...spellingsByName].flatMap(([name, all]) =>
        all.some((spelling) => text.includes(spelling) || lower.includes(spelling.toLowerCase()))
          ? [name]
          : [],
      );
    },
    names: () => [...spellingsByName.keys()],
  };
}

/** Plain, escaped, in hexadecimal as Postgres shows bytes, and inside a longer text in base64. */
function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  const embedded = ALIGNMENTS.flatMap((before) =>
    (['base64', 'base64url'] as const).map((encoding) => {
      const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
      // The first and the last characters depend on the surrounding text.
      return text.slice(before === 0 ? 0 : 4).replace(/.{0,2}={0,2}$/, '');
    }),
  );
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    // The decoded value, when it is base64 itself.
    Buffer.from(value.replace(/^whsec_/, ''), 'base64').toString('hex'),
    ...embedded,
  ];
}
