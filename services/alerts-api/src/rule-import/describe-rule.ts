type Parts = {
  description: string;
  falsePositives?: readonly string[];
  /** Markdown with headings of its own. */
  triage?: string;
  references?: readonly string[];
};

/** Markdown documentation of a rule: its description, then a section for each part that says something. */
export function describeRule({
  description,
  falsePositives = [],
  triage = '',
  references = [],
}: Parts): string {
  return [
    description,
    section('False positives', falsePositives),
    triage,
    section('References', references),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const section = (title: string, entries: readonly string[]): string =>
  entries.length === 0
    ? ''
    : [`## ${title}`, '', ...entries.map((entry) => `- ${oneEntry(entry)}`)].join('\n');

/** Further lines of an entry are indented, so that they stay in it. */
const oneEntry = (text: string): string => text.replaceAll(/\r?\n\s*/g, '\n  ');
