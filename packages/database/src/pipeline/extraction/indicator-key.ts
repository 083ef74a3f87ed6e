import { type IndicatorType } from '@calseta/common';

/** Type and value in one string, separated by the first space; types contain none. */
export const indicatorKey = ({ type, value }: { type: IndicatorType; value: string }): string =>
  `${type} ${value}`;
