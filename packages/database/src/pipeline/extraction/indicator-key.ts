import { type IndicatorType } from '@calseta/common';

/** (type, value) as one string: types hold no space, so the first one separates. */
export const indicatorKey = ({ type, value }: { type: IndicatorType; value: string }): string =>
  `${type} ${value}`;
