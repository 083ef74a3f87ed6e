import { type IndicatorType, type Role } from '@calseta/common';
import { type LookupDefinition } from '@calseta/http-steps';

/**
 * A provider as data: how it is asked, how its answers are read, what it costs. Whoever reads one of these files can
 * write the next; the same shape is taken by the API.
 */
export type BuiltinProvider = {
  name: string;
  title: string;
  /** Stands for the origins of all steps when another one is set; undefined when only the operator knows it. */
  base_url?: string;
  /** The environment variable of each credential, and of the base URL where that is one. */
  variables: { secrets: Readonly<Record<string, string>>; base_url?: string };
  /** In no span of so many seconds do more requests leave, over all replicas. */
  quotas: { limit: number; window_seconds: number }[];
  ttls: {
    /** For each type, or for all. */
    success: number | Partial<Record<IndicatorType, number>>;
    not_found: number;
  };
  /** 0–1: how much its verdict weighs. */
  reliability: number;
  timeout_ms: number;
  /** Off until an operator switches it on; those that need a credential are off without it anyway. */
  is_active?: false;
  /** The organisation's own directory: the only kind that is asked about accounts and e-mail addresses. */
  is_own_directory?: boolean;
  /** Roles of indicators that it is asked about where the role is known; all when it is left out. */
  roles?: Role[];
  lookup: LookupDefinition;
};

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const WEEK = 7 * DAY;
export const seconds = { MINUTE, HOUR, DAY, WEEK };
