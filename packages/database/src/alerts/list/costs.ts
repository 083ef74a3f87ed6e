/** What the steps to a page take, as measured with a million alerts, in microseconds. */
export const COSTS = {
  /** A look at the next alert of a list; by time of occurrence, neighbours are farther apart in the table. */
  look: 1.2,
  lookByOccurrence: 2,
  /** A look at what is in another table, where the alerts are neighbours. */
  elsewhere: 2.2,
  /** An alert that is somewhere in the table. */
  gathered: 2,
  /** What a word or an indicator has of an alert, and the alert. */
  hit: 8,
  /** The same on the newest days, whose pages are more often in memory. */
  recentHit: 5,
  /** The same without the alert. */
  recentId: 2,
  /** An entry of a word in the index. */
  entry: 0.5,
  /** An alert that is read from an index alone. */
  inIndex: 0.3,
  /** The first alert of each combination of categories. */
  categories: 20_000,
  /** The first of one category's alerts of each source. */
  category: 40,
  /** An alert of a category that is looked at. */
  ofCategory: 3,
} as const;
