const WORD_BITS = 32;
const FIRST_CAPACITY = 1_024;

/** Networks of one address family, in typed arrays: a million of them take tens of megabytes. */
export type NetworkRows<T> = {
  add(start: bigint, prefixLength: number, value: T): void;
  size(): number;
  /** Sorts the rows; returns the search for the most specific network with an address. Called once, after the last `add`. */
  index(): (address: bigint) => { value: T; prefixLength: number } | undefined;
};

type Table<T> = {
  /** Words of one address. */
  width: number;
  size: number;
  /** First addresses, most significant word first. */
  starts: Uint32Array;
  prefixLengths: Uint8Array;
  values: T[];
};

/** Rows for addresses of so many bits, a multiple of 32. */
export function createNetworkRows<T>(addressBits: number): NetworkRows<T> {
  const width = addressBits / WORD_BITS;
  let table: Table<T> = {
    width,
    size: 0,
    starts: new Uint32Array(FIRST_CAPACITY * width),
    prefixLengths: new Uint8Array(FIRST_CAPACITY),
    values: [],
  };
  return {
    add(start, prefixLength, value) {
      if (table.size === table.prefixLengths.length) table = withCapacity(table, 2 * table.size);
      table.starts.set(toWords(start, width), table.size * width);
      table.prefixLengths[table.size] = prefixLength;
      table.values.push(value);
      table.size += 1;
    },
    size: () => table.size,
    index() {
      table = sorted(table);
      return createSearch(table);
    },
  };
}

function withCapacity<T>(table: Table<T>, capacity: number): Table<T> {
  const starts = new Uint32Array(capacity * table.width);
  const prefixLengths = new Uint8Array(capacity);
  starts.set(table.starts.subarray(0, capacity * table.width));
  prefixLengths.set(table.prefixLengths.subarray(0, capacity));
  return { ...table, starts, prefixLengths };
}

function toWords(address: bigint, width: number): Uint32Array {
  const words = new Uint32Array(width);
  for (let word = width - 1, rest = address; word >= 0; word--, rest >>= 32n)
    words[word] = Number(rest & 0xffff_ffffn);
  return words;
}

/** By first address, the wider network first; equal ones as they were added. */
function sorted<T>({ width, size, starts, prefixLengths, values }: Table<T>): Table<T> {
  const order = Array.from({ length: size }, (_, row) => row);
  // Array.prototype.sort is stable, and fast on files that are sorted already.
  order.sort(
    (a, b) =>
      compareWords(starts, a * width, starts, b * width, width) ||
      at(prefixLengths, a) - at(prefixLengths, b),
  );
  const ordered = {
    width,
    size,
    starts: new Uint32Array(size * width),
    prefixLengths: new Uint8Array(size),
    values: order.map((row) => values[row] as T),
  };
  order.forEach((row, to) => {
    ordered.starts.set(starts.subarray(row * width, (row + 1) * width), to * width);
    ordered.prefixLengths[to] = at(prefixLengths, row);
  });
  return ordered;
}

function createSearch<T>(table: Table<T>): ReturnType<NetworkRows<T>['index']> {
  const { width, size, starts, prefixLengths, values } = table;
  const parents = linkToWider(table);
  return (address) => {
    const words = toWords(address, width);
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareWords(starts, middle * width, words, 0, width) <= 0) low = middle + 1;
      else high = middle;
    }
    let row = low - 1;
    while (row >= 0 && !contains(table, row, words, 0)) row = parents[row] ?? -1;
    if (row < 0) return undefined;
    return { value: values[row] as T, prefixLength: at(prefixLengths, row) };
  };
}

/** Links each row to the narrowest wider network. Networks are nested or disjoint, so a stack finds it. */
function linkToWider(table: Table<unknown>): Int32Array {
  const parents = new Int32Array(table.size);
  const open: number[] = [];
  for (let row = 0; row < table.size; row++) {
    while (open.length > 0 && !contains(table, open.at(-1) ?? 0, table.starts, row * table.width))
      open.pop();
    parents[row] = open.at(-1) ?? -1;
    open.push(row);
  }
  return parents;
}

/** Whether the network of a row has the address whose words begin at `offset`: they agree in the bits of the prefix. */
function contains(
  { width, starts, prefixLengths }: Table<unknown>,
  row: number,
  words: Uint32Array,
  offset: number,
): boolean {
  let bits = at(prefixLengths, row);
  for (let word = 0; word < width && bits > 0; word++, bits -= WORD_BITS) {
    const differing = at(starts, row * width + word) ^ at(words, offset + word);
    if (differing >>> Math.max(0, WORD_BITS - bits) !== 0) return false;
  }
  return true;
}

function compareWords(
  a: Uint32Array,
  offsetA: number,
  b: Uint32Array,
  offsetB: number,
  width: number,
): number {
  for (let word = 0; word < width; word++) {
    const difference = at(a, offsetA + word) - at(b, offsetB + word);
    if (difference !== 0) return difference;
  }
  return 0;
}

const at = (array: Uint8Array | Uint32Array, index: number): number => array[index] ?? 0;
