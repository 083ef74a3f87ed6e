import { type NetworkTest, compileNetwork } from './network.js';
import { compilePattern } from './pattern.js';
import { type Condition, fieldsOf, isCondition, type Rule } from './rule.js';

/** Reads a field: a scalar, a list of them, or undefined for what is not there. */
export type ReadField = (field: string) => unknown;

/** What a rule is asked about. */
export type RuleSubject = {
  read: ReadField;
  /** The part of a text that a pattern may search; by default, its first 16 KiB. */
  searchable?: (text: string) => string;
};

/** A rule that is ready to be asked about many subjects. */
export type CompiledRule = {
  rule: Rule;
  fields: readonly string[];
  matches(subject: RuleSubject): boolean;
  /** The first clause that does not fit, with its JSON Pointer in the rule; undefined where the rule matches. */
  failure(subject: RuleSubject): string | undefined;
};

export type CompileOptions = {
  /** The values of a field in ascending order, where they have one of their own: severities. */
  ladderOf?: (field: string) => readonly string[] | undefined;
};

/** Longest text that a pattern searches; the rest of it is ignored. */
export const MAX_SEARCHED_CHARACTERS = 16_384;

/**
 * Compiles a rule once: its patterns, its networks, and its values in one letter case. `contains` asks a list for an
 * equal entry and a text for a part of it; every other question holds of a list when it holds of one entry, but `ne`
 * only when no entry is equal. What is not there is equal to nothing. A number in a string is a number.
 */
export function compileRule(rule: Rule, options: CompileOptions = {}): CompiledRule {
  const failure = compileGroup(rule, '', options);
  return {
    rule,
    fields: fieldsOf(rule),
    failure,
    matches: (subject) => failure(subject) === undefined,
  };
}

const compiledRules = new WeakMap<Rule, CompiledRule>();

/** Decides a rule about facts without an order of their own; compiles each rule object once. */
export function matchRule(rule: Rule, read: ReadField): boolean {
  const compiled = compiledRules.get(rule) ?? compileRule(rule);
  compiledRules.set(rule, compiled);
  return compiled.matches({ read });
}

type Failure = CompiledRule['failure'];

function compileGroup(rule: Rule, pointer: string, options: CompileOptions): Failure {
  const compiled = (kind: 'all' | 'any' | 'none') =>
    (rule[kind] ?? []).map((clause, index) =>
      compileClause(clause, `${pointer}/${kind}/${index}`, options),
    );
  const [all, any] = [compiled('all'), compiled('any')];
  const none = compiled('none').map((failure, index) => ({
    failure,
    clause: `${pointer}/none/${index}: ${describe(rule.none?.[index])} holds, and must not`,
  }));
  const noneOfAny = `${pointer}/any: none of the ${any.length} holds`;
  return (subject) => {
    for (const failure of all) {
      const clause = failure(subject);
      if (clause !== undefined) return clause;
    }
    if (any.length > 0 && !any.some((failure) => failure(subject) === undefined)) return noneOfAny;
    return none.find(({ failure }) => failure(subject) === undefined)?.clause;
  };
}

function compileClause(
  clause: Condition | Rule,
  pointer: string,
  options: CompileOptions,
): Failure {
  if (!isCondition(clause)) return compileGroup(clause, pointer, options);
  const holds = compileCondition(clause, options.ladderOf?.(clause.field));
  const text = `${pointer}: ${describe(clause)}`;
  return (subject) => (holds(subject.read(clause.field), subject) ? undefined : text);
}

/** Characters of a value in the description of a clause. */
const MAX_SHOWN_CHARACTERS = 100;

function describe(clause: Condition | Rule | undefined): string {
  if (!clause || !isCondition(clause)) return 'the group';
  const value = JSON.stringify(clause.value);
  const shown =
    value.length > MAX_SHOWN_CHARACTERS ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}…` : value;
  return `${clause.field} ${clause.op} ${shown}`;
}

type Holds = (actual: unknown, subject: RuleSubject) => boolean;
type Scalar = string | number | boolean;

function compileCondition(condition: Condition, ladder: readonly string[] | undefined): Holds {
  switch (condition.op) {
    case 'exists':
      return (actual) =>
        entriesOf(actual).some((entry) => entry !== undefined && entry !== null) ===
        condition.value;
    case 'cidr':
      return inNetworks(condition.value);
    case 'regex':
      return findsPattern(condition);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return isOrdered(condition.op, condition.value, ladder);
    default:
      return comparesText(condition);
  }
}

function comparesText(
  condition: Extract<Condition, { op: 'eq' | 'ne' | 'in' | 'contains' | 'starts_with' }>,
): Holds {
  const fold = condition.case_sensitive === true ? toText : foldCase;
  const wanted = new Set([condition.value].flat().map((value: Scalar) => fold(value)));
  const isWanted = (entry: unknown) => isScalar(entry) && wanted.has(fold(entry));
  const [first = ''] = wanted;
  switch (condition.op) {
    case 'eq':
    case 'in':
      return (actual) => entriesOf(actual).some(isWanted);
    case 'ne':
      return (actual) => !entriesOf(actual).some(isWanted);
    case 'contains':
      return (actual) =>
        Array.isArray(actual)
          ? entriesOf(actual).some(isWanted)
          : typeof actual === 'string' && fold(actual).includes(first);
    case 'starts_with':
      return (actual) =>
        entriesOf(actual).some(
          (entry) => typeof entry === 'string' && fold(entry).startsWith(first),
        );
  }
}

function inNetworks(value: string | string[]): Holds {
  const networks: NetworkTest[] = [value].flat().flatMap((text) => compileNetwork(text) ?? []);
  return (actual) =>
    entriesOf(actual).some(
      (entry) => typeof entry === 'string' && networks.some((contains) => contains(entry)),
    );
}

function findsPattern(condition: Extract<Condition, { op: 'regex' }>): Holds {
  const pattern = compilePattern(condition.value, {
    isCaseSensitive: condition.case_sensitive === true,
  });
  return (actual, { searchable = firstPart }) =>
    entriesOf(actual).some(
      (entry) => isScalar(entry) && pattern.test(searchable(firstPart(toText(entry)))),
    );
}

const firstPart = (text: string): string => text.slice(0, MAX_SEARCHED_CHARACTERS);

type Order = 'gt' | 'gte' | 'lt' | 'lte';

function isOrdered(op: Order, wanted: string | number, ladder?: readonly string[]): Holds {
  const compareWith = ladder
    ? byLadder(ladder, wanted)
    : (actual: unknown) => compare(actual, wanted);
  return (actual) =>
    entriesOf(actual).some((entry) => {
      const order = compareWith(entry);
      return order !== undefined && fitsOrder(op, order);
    });
}

/** Compares by the places of two values on a ladder; what is not on it has no order. */
function byLadder(ladder: readonly string[], wanted: string | number) {
  const places = new Map(ladder.map((step, place) => [foldCase(step), place]));
  const wantedPlace = places.get(foldCase(wanted));
  return (actual: unknown): number | undefined => {
    const place = isScalar(actual) ? places.get(foldCase(actual)) : undefined;
    return place === undefined || wantedPlace === undefined ? undefined : place - wantedPlace;
  };
}

function fitsOrder(op: Order, order: number): boolean {
  switch (op) {
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
  }
}

/** Numbers by value, texts by code point, such as times in ISO 8601; undefined for what has no order. */
function compare(actual: unknown, wanted: string | number): number | undefined {
  if (typeof actual !== 'string' && typeof actual !== 'number') return undefined;
  const [a, b] = [toNumber(actual), toNumber(wanted)];
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof actual === 'number' || typeof wanted === 'number') return undefined;
  return actual < wanted ? -1 : actual > wanted ? 1 : 0;
}

const NUMBER = /^-?\d{1,17}(?:\.\d{1,17})?$/;

/** The number that a value is or spells. */
export const toNumber = (value: unknown): number | undefined =>
  typeof value === 'number'
    ? value
    : typeof value === 'string' && NUMBER.test(value.trim())
      ? Number(value)
      : undefined;

const entriesOf = (actual: unknown): readonly unknown[] =>
  Array.isArray(actual) ? (actual as unknown[]) : [actual];

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const toText = (value: Scalar): string => String(value);
const foldCase = (value: Scalar): string => String(value).toLowerCase();
