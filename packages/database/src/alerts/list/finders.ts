import { type Connection } from '../../core/database.js';
import { type Condition } from './conditions.js';
import { estimate } from './estimate.js';
import { textTerms } from './text-query.js';

/** What a text or an indicator finds. */
export type Finder = {
  /** SQL of the ids of these alerts, as `alert_id`. */
  ids: (values: unknown[]) => string;
  /** The same, asked of one alert after another. */
  condition: Condition;
  /** How many alerts are expected of it. */
  rows: number;
  /** The ids of those that were received on given days (UTC), and of those whose day is not known, where an index has days. */
  onDays?: (days: readonly string[]) => Finder['ids'];
};

/** A finder whose index has days. */
export type FinderByDay = Finder & Required<Pick<Finder, 'onDays'>>;

export const isByDay = (finder: Finder): finder is FinderByDay => finder.onDays !== undefined;

/** A word that so many alerts have is looked for in what the rarer words find: an index of words is read whole. */
const BROAD_WORD = 50_000;
/** Day of the alerts whose day is not known. */
const UNKNOWN_DAY = '-infinity';

export async function findersOf(
  connection: Connection,
  q: string | undefined,
  indicatorIds: readonly string[] | undefined,
): Promise<Finder[]> {
  return [
    ...(q === undefined ? [] : [await byText(connection, textTerms(q))]),
    ...(indicatorIds === undefined ? [] : [await byIndicator(connection, indicatorIds)]),
  ];
}

const WORDS = (p: string): string => `t.words @@ to_tsquery('simple', ${p})`;

async function byText(connection: Connection, terms: readonly string[]): Promise<Finder> {
  const whole = terms.join(' & ');
  const select = `SELECT t.alert_id FROM alert_texts t WHERE ${WORDS('$1')}`;
  const rowsOf = async (term: string): Promise<number> =>
    (await estimate(connection, select, [term])).rows;
  const parts = terms.length > 1 ? terms : [];
  const [rows, ...ofTerms] = await Promise.all([whole, ...parts].map(rowsOf));
  const isRare = (_term: string, index: number): boolean => (ofTerms[index] ?? 0) < BROAD_WORD;
  const rare = terms.filter(isRare).join(' & ');
  const found = (values: unknown[]): string => {
    const sql = `SELECT t.alert_id FROM alert_texts t WHERE ${WORDS(`$${values.push(rare || whole)}`)}`;
    return rare === '' || rare === whole
      ? sql
      : `${sql} AND (${WORDS(`$${values.push(whole)}`)}) IS TRUE`;
  };
  return {
    rows: rows ?? 0,
    ids: found,
    condition: {
      kind: 'found',
      value: whole,
      // A subquery with a limit is asked once an alert; a join might begin with all that the words find.
      sql: (p) =>
        `(SELECT true FROM alert_texts t WHERE t.alert_id = a.id AND ${WORDS(p)} LIMIT 1)`,
    },
    onDays: (days) => (values) =>
      `${found(values)} AND ARRAY[t.received_on] && $${values.push([UNKNOWN_DAY, ...days])}::date[]`,
  };
}

async function byIndicator(connection: Connection, value: readonly string[]): Promise<Finder> {
  const among = (p: string): string => `l.indicator_id = ANY(${p}::uuid[])`;
  const select = `SELECT l.alert_id FROM alert_indicators l WHERE ${among('$1')}`;
  return {
    rows: value.length === 0 ? 0 : (await estimate(connection, select, [value])).rows,
    // An alert may have several of them.
    ids: (values) =>
      `SELECT DISTINCT l.alert_id FROM alert_indicators l WHERE ${among(`$${values.push(value)}`)}`,
    condition: {
      kind: 'found',
      value,
      sql: (p) =>
        `(SELECT true FROM alert_indicators l WHERE l.alert_id = a.id AND ${among(p)} LIMIT 1)`,
    },
  };
}
