import { neutralize } from './neutralize.js';

/** What happened, when, and who did it: a service, or the id of an API key. */
export type ActivityEntry = {
  at: string;
  kind: string;
  actor: string;
  detail: Readonly<Record<string, unknown>>;
};

const MAX_TEXT_CHARACTERS = 300;
const MAX_LISTED = 10;

/** What happened, for kinds whose name is not a sentence. Other kinds are told by their name. */
const SENTENCES: Record<string, string> = {
  received: 'received',
  repeated: 'received again, with nothing new',
  source_updated: 'the source sent an update',
  source_ended: 'the source says that it is over',
  revised: 'the updates make a new revision',
  updates_held: 'more updates than an hour may push: they wait',
  extracted: 'indicators extracted',
  enriched: 'indicators enriched',
  enriched_anew: 'indicators enriched again',
  enrichment_completed: 'late answers of providers stored',
  malice_raised: 'a late answer raised the malice',
  indicator_overridden: 'a person judged an indicator',
  indicators_added: 'indicators added',
  dispatched: 'matched with agents',
  'delivery.attempted': 'pushed to an agent',
  'delivery.replayed': 'to be pushed to an agent again',
  finding_posted: 'finding posted',
  updated: 'changed',
  workflow_requested: 'a run of a workflow asked for',
  workflow_approved: 'a run of a workflow approved',
  workflow_rejected: 'a run of a workflow rejected: nothing was sent',
  workflow_approval_expired: 'a run of a workflow was not decided in time: nothing was sent',
  workflow_succeeded: 'a run of a workflow succeeded',
  workflow_failed: 'a run of a workflow failed',
  workflow_uncertain: 'nobody knows what came of a run of a workflow',
  replayed: 'to be processed again',
  failed: 'failed',
};

/**
 * Tells what happened to an alert, one line an entry: `<time> <sentence>, by <actor>: <detail>`. Texts stand in quotes
 * unless they are one word, so that none looks like a line, or like another part of its line. Hidden characters are
 * written visibly.
 */
export const tellActivity = (entries: readonly ActivityEntry[]): string =>
  entries.map((entry) => `${tellEntry(entry)}\n`).join('');

function tellEntry({ at, kind, actor, detail }: ActivityEntry): string {
  const sentence = SENTENCES[kind] ?? inWords(kind);
  const told = tellFields(detail, '; ');
  return `${at} ${sentence}, by ${tellText(actor)}${told === '' ? '' : `: ${told}`}`;
}

const NAME = /^[\w.]{1,64}$/;
const inWords = (name: string): string =>
  NAME.test(name) ? name.replaceAll(/[_.]/g, ' ') : tellText(name);

const tellFields = (fields: object, separator: string): string =>
  Object.entries(fields)
    .filter(([, value]) => !isEmpty(value))
    .map(([name, value]) => tellField(name, value))
    .join(separator);

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** `wait_ms: 12` is told as `wait 12 ms`. */
function tellField(name: string, value: unknown): string {
  const unit = /_(?<unit>ms|seconds|bytes)$/.exec(name)?.groups?.['unit'];
  if (unit !== undefined && typeof value === 'number')
    return `${inWords(name.slice(0, -unit.length - 1))} ${value} ${unit}`;
  return `${inWords(name)}: ${tellValue(value)}`;
}

function tellValue(value: unknown): string {
  if (value === null || value === undefined || isEmpty(value)) return 'none';
  if (Array.isArray(value)) {
    const told = value.slice(0, MAX_LISTED).map(tellValue);
    const more = value.length - told.length;
    return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
  }
  if (isChange(value)) return `${tellValue(value.from)} → ${tellValue(value.to)}`;
  if (typeof value === 'object') return `(${tellFields(value, ', ')})`;
  return tellText(typeof value === 'string' ? value : JSON.stringify(value));
}

const isChange = (value: unknown): value is { from: unknown; to: unknown } =>
  typeof value === 'object' && value !== null && 'from' in value && 'to' in value;

/** A name, a number, a time, an address: nothing that could be read as more than itself. */
const ONE_WORD = /^[\p{L}\p{N}_.@/+#%:-]*$/u;

/** On one line, and bounded. */
function tellText(text: string): string {
  const cut = text.length > MAX_TEXT_CHARACTERS ? `${text.slice(0, MAX_TEXT_CHARACTERS)}…` : text;
  return ONE_WORD.test(text) ? cut : neutralize(JSON.stringify(cut)).text;
}
