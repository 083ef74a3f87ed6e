import { type IndicatorType } from '@calseta/common';

/** `{{ indicator.family }}` is IPv4 or IPv6, for vendors with a path for each. */
export const describeIndicator = ({
  type,
  value,
}: {
  type: IndicatorType;
  value: string;
}): Record<string, string> => ({
  type,
  value,
  ...(type === 'ip' && { family: value.includes(':') ? 'IPv6' : 'IPv4' }),
});
