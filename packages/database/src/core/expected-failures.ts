import { AppError } from '@calseta/common';
import { isRowMissing, isUniqueViolation } from './errors.js';

/** Undefined where the row to be changed is missing. */
export async function orUndefined<T>(query: Promise<T>): Promise<T | undefined> {
  try {
    return await query;
  } catch (error) {
    if (isRowMissing(error)) return undefined;
    throw error;
  }
}

/** Refuses what a unique index does; `noun` says of what there would be another: `agent of this name`. */
export async function refuseDuplicates<T>(noun: string, query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AppError('resource.conflict', `There is another ${noun} already.`, { cause: error });
  }
}
