import { type Classification } from '@calseta/common';

/** A value in canonical form: equal values are one row in the database. */
export type Canonical = {
  ok: true;
  value: string;
  /** Readable form, if it differs. */
  displayValue?: string;
  classification: Classification;
};

export const invalid = { ok: false } as const;
export type Invalid = typeof invalid;
