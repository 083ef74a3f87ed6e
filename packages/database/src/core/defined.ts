/** An object without the keys whose value is undefined. */
export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Drops undefined values, as `exactOptionalPropertyTypes` and Prisma's updates require. */
export const defined = <T extends object>(value: T): Partial<Defined<T>> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<
    Defined<T>
  >;
