import { type Connection } from '../../core/database.js';
import { render } from './conditions.js';
import { dayReaderOf, type ListInDays, mayBeReadInDays } from './day-readers.js';
import { DAY_MS, type Span, startOfDay } from './days.js';
import { type Search } from './search.js';
import { type Order, type Position } from './window.js';

/** A list, whose span is known where days may serve it, and the share of its alerts in which a page is expected. */
type Part = Omit<ListInDays, 'span'> & { span: Span | undefined; share: number };

/** The newest days of a list: what reading them costs (µs), and how; a page at most, and less where fewer alerts match. */
export type NewestDays = { cost: number; read: () => Promise<Position[]> };

/** So many times the share is read, because what matches is not spread evenly. */
const MARGIN = 1.3;
/** Reading the newest days costs so many times what they cost, because the days before them are sometimes read too. */
const REPEATS = 1.2;
/** Where more of the list is needed, all of it is gathered. */
const LARGEST_SHARE = 0.5;
const MAX_DAYS = 400;

/**
 * The newest days of a list, where an index holds what is wanted by day or by time; undefined where none does, or where they
 * would be most of the list.
 */
export async function newestDays(
  connection: Connection,
  { span, share, ...list }: Part,
): Promise<NewestDays | undefined> {
  if (!span || share * MARGIN > LARGEST_SHARE) return undefined;
  const reader = dayReaderOf(connection, { ...list, span });
  if (!reader) return undefined;
  const length = share * MARGIN * (span.newest - span.oldest);
  if (length > MAX_DAYS * DAY_MS) return undefined;
  const days = { from: startOfDay(span.newest - length), to: span.newest + 1 };
  return {
    cost: REPEATS * (await reader.cost(days)),
    async read() {
      const found = await reader.read(days);
      const missing = list.window.take - found.length;
      if (missing === 0) return found;
      const part = Math.min(1, (MARGIN * missing) / found.length);
      const before = { from: startOfDay(days.from - part * length), to: days.from };
      return [...found, ...(await reader.read(before))].slice(0, list.window.take);
    },
  };
}

/** The span of a list that days may serve; undefined for others, and where there is no alert. */
export async function spanInDays(
  { query }: Connection,
  { conditions }: Search,
  order: Order,
): Promise<Span | undefined> {
  if (order !== 'received_at' || !mayBeReadInDays(conditions)) return undefined;
  const values: unknown[] = [];
  const span = render(
    conditions.filter(({ kind }) => kind === 'received'),
    values,
  );
  const { rows } = await query<{ oldest: Date | null; newest: Date | null }>(
    `SELECT min(a.received_at) AS oldest, max(a.received_at) AS newest FROM alerts a WHERE ${span}`,
    values,
  );
  const [{ oldest, newest } = { oldest: null, newest: null }] = rows;
  return oldest && newest ? { oldest: oldest.getTime(), newest: newest.getTime() } : undefined;
}
