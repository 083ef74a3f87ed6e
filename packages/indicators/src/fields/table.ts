type Fields = Readonly<Record<string, unknown>>;

export type Table = {
  /** Key of the rows. */
  rowsName: string;
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
  /** The other fields of the object. */
  rest: Fields;
};

/** Above the sizes of real query APIs. Limits the work, because every row repeats the columns. */
const MAX_COLUMNS = 500;
const MAX_NAME_CHARACTERS = 64;

const ROWS = ['rows', 'values'];

/** Reads an object that is a table, as query APIs return it: `{ columns: [{ name }], rows: [[…]] }`. */
export function readTable(object: Fields): Table | undefined {
  const { columns } = object;
  if (!Array.isArray(columns) || columns.length === 0 || columns.length > MAX_COLUMNS) {
    return undefined;
  }
  if (!columns.every(isColumn)) return undefined;
  const rowsName = ROWS.find((name) => isRows(object[name]));
  if (rowsName === undefined) return undefined;
  const rows = object[rowsName] as Table['rows'];
  const beside = Object.entries(object).filter(([name]) => name !== 'columns' && name !== rowsName);
  return {
    rowsName,
    columns: columns.map(({ name }) => name),
    rows,
    rest: Object.fromEntries(beside),
  };
}

const isColumn = (column: unknown): column is { name: string } =>
  typeof column === 'object' &&
  column !== null &&
  'name' in column &&
  typeof column.name === 'string' &&
  column.name.length <= MAX_NAME_CHARACTERS;

const isRows = (rows: unknown): rows is unknown[][] =>
  Array.isArray(rows) && rows.every((row) => Array.isArray(row));

/** A row as an object. Values beyond the columns have no name and are dropped. */
export const recordOf = ({ columns }: Table, row: readonly unknown[]): Fields =>
  Object.fromEntries(columns.slice(0, row.length).map((name, column) => [name, row[column]]));
