import { type Connection } from '../../core/database.js';
import { type Condition, withValue } from './conditions.js';
import { estimate } from './estimate.js';
import { textTerms } from './text-query.js';

/** A text or an indicator that is asked for. */
export type Asked = {
  /** Asks it of one alert after another. */
  condition: Condition;
  /** How all that it finds are read, by what Postgres expects of it. */
  finder: (connection: Connection) => Promise<Finder>;
};

/** What a text or an indicator finds. */
export type Finder = {
  /** SQL of the ids of these alerts, as `alert_id`. */
  ids: (values: unknown[]) => string;
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

export const askedOf = (
  q: string | undefined,
  indicatorIds: readonly string[] | undefined,
): Asked[] => [
  ...(q === undefined ? [] : [byText(textTerms(q))]),
  ...(indicatorIds === undefined ? [] : [byIndicator(indicatorIds)]),
];

/** What Postgres expects of each is asked at once. */
export const findersOf = async (
  connection: Connection,
  asked: readonly Asked[],
): Promise<Finder[]> =>
  await Promise.all(asked.map(async ({ finder }) => await finder(connection)));

const WORDS = (p: string): string => `t.words @@ to_tsquery('simple', ${p})`;

function byText(terms: readonly string[]): Asked {
  const whole = terms.join(' & ');
  // A subquery with a limit is asked once an alert; a join might begin with all that the words find.
  const condition = withValue(
    'found',
    whole,
    (p) => `(SELECT true FROM alert_texts t WHERE t.alert_id = a.id AND ${WORDS(p)} LIMIT 1)`,
  );
  return {
    condition,
    async finder(connection) {
      const rowsOf = async (term: string): Promise<number> =>
        await expectedOf(
          connection,
          `SELECT t.alert_id FROM alert_texts t WHERE ${WORDS('$1')}`,
          term,
        );
      const parts = terms.length > 1 ? terms : [];
      const [rows, ...ofTerms] = await Promise.all([whole, ...parts].map(rowsOf));
      const isRare = (_term: string, index: number): boolean => (ofTerms[index] ?? 0) < BROAD_WORD;
      const rare = terms.filter(isRare).join(' & ');
      const ids = (values: unknown[]): string => {
        const sql = `SELECT t.alert_id FROM alert_texts t WHERE ${WORDS(`$${values.push(rare || whole)}`)}`;
        return rare === '' || rare === whole
          ? sql
          : `${sql} AND (${WORDS(`$${values.push(whole)}`)}) IS TRUE`;
      };
      return {
        ids,
        condition,
        rows: rows ?? 0,
        onDays: (days) => (values) =>
          `${ids(values)} AND ARRAY[t.received_on] && $${values.push([UNKNOWN_DAY, ...days])}::date[]`,
      };
    },
  };
}

function byIndicator(ids: readonly string[]): Asked {
  const among = (p: string): string => `l.indicator_id = ANY(${p}::uuid[])`;
  const condition = withValue(
    'found',
    ids,
    (p) => `(SELECT true FROM alert_indicators l WHERE l.alert_id = a.id AND ${among(p)} LIMIT 1)`,
  );
  return {
    condition,
    finder: async (connection) => ({
      // An alert may have several of them.
      ids: (values) =>
        `SELECT DISTINCT l.alert_id FROM alert_indicators l WHERE ${among(`$${values.push(ids)}`)}`,
      condition,
      rows: await expectedOf(
        connection,
        `SELECT l.alert_id FROM alert_indicators l WHERE ${among('$1')}`,
        ids,
      ),
    }),
  };
}

const expectedOf = async (
  connection: Connection,
  select: string,
  value: unknown,
): Promise<number> => (await estimate(connection, select, [value])).rows;
