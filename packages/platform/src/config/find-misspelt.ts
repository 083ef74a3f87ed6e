import leven, { closestMatch } from 'leven';

/** A variable that is none of ours and looks like one, with the one of ours that it is most like. */
export type MisspeltVariable = { name: string; nearest: string };

/** More are left out; so many come from another program. */
export const MAX_MISSPELT = 20;
/** A longer name is none of ours. */
const MAX_NAME_LENGTH = 64;
/** One wrong character for each so many of a name, up to three. */
const CHARACTERS_PER_MISTAKE = 6;
const MAX_MISTAKES = 3;

/** Beginnings that other programs use too; a name that has one is ours only when it is nearly one of ours. */
const SHARED_WORDS = new Set(['DATABASE', 'HTTP', 'IP', 'LOG', 'NODE', 'POSTGRES', 'RABBITMQ']);
/** What Kubernetes sets for each Service: `INGEST_API_SERVICE_HOST`, `INGEST_API_PORT_80_TCP_ADDR`. */
const KUBERNETES_NAME = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?$/;
const KUBERNETES_ADDRESS = /^(?:tcp|udp|sctp):\/\//;
/** Proxies for outbound requests, in either case. */
const NOT_OURS = new Set(['HTTP_PROXY', 'HTTPS_PROXY']);

/**
 * The variables of an environment that somebody meant to be one of ours: they begin like one, or differ from one by a
 * few characters. Values are not looked at, but for the addresses that Kubernetes sets.
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
  // Two neighbours in the wrong order are one mistake, and a distance of two.
  return distance <= mistakes || (distance === 2 && sorted(name) === sorted(ours));
}

const sorted = (text: string): string => Array.from(text).sort().join('');

const isForeign = (name: string, value: string): boolean =>
  NOT_OURS.has(name.toUpperCase()) || KUBERNETES_NAME.test(name) || KUBERNETES_ADDRESS.test(value);
