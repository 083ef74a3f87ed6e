import { type Classification } from '@calseta/common';

/** One value in the form under which it is one row everywhere. */
export type Canonical = {
  ok: true;
  value: string;
  /** Readable form, when it differs. */
  displayValue?: string;
  classification: Classification;
};

export const invalid = { ok: false } as const;
export type Invalid = typeof invalid;
