import leven, { closestMatch } from 'leven';

/** A variable that Calseta does not read, with the most similar one that it does. */
export type MisspeltVariable = { name: string; nearest: string };

/** Maximum number of results; more than this come from another program. */
export const MAX_MISSPELT = 20;
/** Longer names are ignored. */
const MAX_NAME_LENGTH = 64;
/** One wrong character is allowed per this many, up to three. */
const CHARACTERS_PER_MISTAKE = 6;
const MAX_MISTAKES = 3;

/** Prefixes that other programs also use; such a name counts only when nearly all of it matches one of ours. */
const SHARED_WORDS = new Set([
  'DATABASE',
  'HTTP',
  'IP',
  'LOG',
  'NODE',
  'OTEL',
  'POSTGRES',
  'RABBITMQ',
]);
/** Variables that Kubernetes sets for each Service: `INGEST_API_SERVICE_HOST`, `INGEST_API_PORT_80_TCP_ADDR`. */
const KUBERNETES_NAME = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?$/;
const KUBERNETES_ADDRESS = /^(?:tcp|udp|sctp):\/\//;
/** Outbound proxies, in upper or lower case. */
const NOT_OURS = new Set(['HTTP_PROXY', 'HTTPS_PROXY']);

/**
 * Finds variables that are probably meant for Calseta: they have the same prefix as one of ours, or differ from one by
 * a few characters. Values are ignored, except for the addresses that Kubernetes sets.
 */
export function findMisspelt(env: NodeJS.ProcessEnv, known: readonly string[]): MisspeltVariable[] {
  const ours = new Set(known);
  const ownWords = new Set(known.map(firstWord).filter((word) => !SHARED_WORDS.has(word)));
  const misspelt: MisspeltVariable[] = [];
  for (const [name, value = ''] of Object.entries(env)) {
    if (misspelt.length === MAX_MISSPELT) break;
    if (ours.has(name) || name.length > MAX_NAME_LENGTH || isForeign(name, value)) continue;
    const nearest = closestMatch(name.toUpperCase(), known);
    if (nearest === undefined) continue;
    if (isLike(name.toUpperCase(), nearest) || ownWords.has(firstWord(name)))
      misspelt.push({ name, nearest });
  }
  return misspelt;
}

const firstWord = (name: string): string => name.slice(0, Math.max(0, name.indexOf('_')));

function isLike(name: string, ours: string): boolean {
  const mistakes = Math.min(MAX_MISTAKES, Math.floor(ours.length / CHARACTERS_PER_MISTAKE));
  const distance = leven(name, ours);
  // Two swapped neighbours are one mistake, but a distance of two.
  return distance <= mistakes || (distance === 2 && sorted(name) === sorted(ours));
}

const sorted = (text: string): string => Array.from(text).sort().join('');

const isForeign = (name: string, value: string): boolean =>
  NOT_OURS.has(name.toUpperCase()) || KUBERNETES_NAME.test(name) || KUBERNETES_ADDRESS.test(value);
