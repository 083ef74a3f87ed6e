import {
  type CompiledPaths,
  compilePaths,
  entriesOf,
  type FieldMapping,
  MAX_MATCHES_PER_PATH,
  type MappedField,
  type PathMatch,
  readPaths,
} from '@calseta/common';
import { type Located } from '../reading/located.js';
import { textOf } from '../reading/text.js';

/**
 * All paths of a field mapping, to be read in one walk; `positions` has the indexes of each field's paths, best
 * first.
 */
export type CompiledFields = {
  paths: CompiledPaths;
  positions: readonly (readonly [MappedField, readonly number[]])[];
};

export function compileFields(fields: NonNullable<FieldMapping['fields']>): CompiledFields {
  const paths: string[] = [];
  const positions = (Object.keys(fields) as MappedField[]).map((field) => {
    const own = [fields[field] ?? []].flat();
    return [field, own.map((path) => paths.push(path) - 1)] as const;
  });
  return { paths: compilePaths(paths), positions };
}

type FieldReadings = {
  valuesOf(field: MappedField): readonly unknown[];
  /** Whether no field has a value. */
  isEmpty: boolean;
  /** Whether a path leads to more values than allowed. */
  isOverflowing: boolean;
};

export const OVERFLOW_NOTE = `A path of the field mapping leads to more than ${MAX_MATCHES_PER_PATH} values; the first were read.`;

/** Reads the values of each field in one walk, within the budget of the reading. */
export function readFields(at: Located, { paths, positions }: CompiledFields): FieldReadings {
  const { matches, isOverflowing } = readPaths(at.value, paths, at.reading.budget);
  const readings = positions.map(
    ([field, own]) =>
      [field, firstTelling(own.map((position) => matches[position] ?? []))] as const,
  );
  const values = new Map(readings.map(([field, reading]) => [field, reading.values]));
  return {
    valuesOf: (field) => values.get(field) ?? [],
    isEmpty: readings.every(([, reading]) => reading.values.length === 0),
    isOverflowing: isOverflowing || readings.some(([, reading]) => reading.isOverflowing),
  };
}

type Telling = { values: readonly unknown[]; isOverflowing: boolean };

/** The values of the first path that leads to any non-empty one; lists count entry by entry. */
function firstTelling(paths: readonly (readonly PathMatch[])[]): Telling {
  for (const matches of paths) {
    const { entries, isOverflowing } = entriesOf(matches);
    const values = entries.map(({ value }) => value);
    if (values.some((value) => textOf(value) !== undefined)) return { values, isOverflowing };
  }
  return { values: [], isOverflowing: false };
}
