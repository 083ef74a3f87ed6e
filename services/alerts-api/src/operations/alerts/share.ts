/** A field with the share of `part` in `whole`, three digits; none where nothing was counted. */
export const share = <Name extends string>(
  name: Name,
  part: number,
  whole: number,
): Partial<Record<Name, number>> =>
  whole === 0 ? {} : ({ [name]: round(part / whole) } as Partial<Record<Name, number>>);

/** To three digits after the point. */
export const round = (value: number): number => Math.round(value * 1_000) / 1_000;
