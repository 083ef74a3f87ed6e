/** How one column of a batch is sent: its SQL type, its value, and what is stored where that needs a cast. */
export type Column<Row> = readonly [
  type: string,
  value: (row: Row, index: number) => unknown,
  stored?: string,
];

export type Columns<Row> = Readonly<Record<string, Column<Row>>>;

export type RowsOptions = {
  /** Number of the first parameter; 1 unless other rows come before. */
  firstParameter?: number;
  /** Adds a column `position`, counted from 1. */
  isNumbered?: boolean;
};

export type Rows<Row> = {
  /** `unnest($1::uuid[], …) AS given(id, …)`, for a FROM clause. */
  from: string;
  /** One array for each column, in the order of `from`. */
  parameters(rows: readonly Row[]): unknown[][];
  /** Number of the first parameter that is free. */
  nextParameter: number;
};

/**
 * Describes once how a batch of rows becomes SQL over arrays: the text of a statement and its parameters follow
 * from the same list of columns, so that no position is written down.
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

/** `id, source_name, …`: the target list of an INSERT. */
export const columnNames = (columns: Columns<never>): string => Object.keys(columns).join(', ');

/** The same columns as what is stored in them, for the SELECT of an INSERT. */
export const storedValues = (columns: Columns<never>): string =>
  Object.entries(columns)
    .map(([name, [, , stored = name]]) => stored)
    .join(', ');
