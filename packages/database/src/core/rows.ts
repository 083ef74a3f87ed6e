/** One column of a batch: its SQL type, its value, and the stored expression where a cast is needed. */
export type Column<Row> = readonly [
  type: string,
  value: (row: Row, index: number) => unknown,
  stored?: string,
];

export type Columns<Row> = Readonly<Record<string, Column<Row>>>;

export type RowsOptions = {
  /** Number of the first parameter; 1 by default. */
  firstParameter?: number;
  /** Adds a column `position`, counted from 1. */
  isNumbered?: boolean;
};

export type Rows<Row> = {
  /** `unnest($1::uuid[], …) AS given(id, …)` for a FROM clause. */
  from: string;
  /** One array for each column, in the order of `from`. */
  parameters(rows: readonly Row[]): unknown[][];
  /** Number of the next free parameter. */
  nextParameter: number;
};

/**
 * Describes a batch of rows once: the SQL text and its parameters follow from the same list of columns, so that no
 * parameter number is written by hand.
 */
export function defineRows<Row>(
  alias: string,
  columns: Columns<Row>,
  { firstParameter = 1, isNumbered = false }: RowsOptions = {},
): Rows<Row> {
  const entries = Object.entries(columns);
  const arrays = entries.map(([, [type]], index) => `$${firstParameter + index}::${type}[]`);
  const names = [...Object.keys(columns), ...(isNumbered ? ['position'] : [])].join(', ');
  const numbering = isNumbered ? ' WITH ORDINALITY' : '';
  return {
    from: `unnest(${arrays.join(', ')})${numbering} AS ${alias}(${names})`,
    parameters: (rows) => entries.map(([, [, value]]) => rows.map(value)),
    nextParameter: firstParameter + entries.length,
  };
}

/** `id, source_name, …` for the column list of an INSERT. */
export const columnNames = (columns: Columns<never>): string => Object.keys(columns).join(', ');

/** The stored expressions of the same columns, for the SELECT of an INSERT. */
export const storedValues = (columns: Columns<never>): string =>
  Object.entries(columns)
    .map(([name, [, , stored = name]]) => stored)
    .join(', ');
