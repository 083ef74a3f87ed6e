/** V8 copies a shorter part of a text when it is cut off; a longer one refers to the whole. */
const SHORTEST_REFERENCE = 13;

/** The text in memory of its own, so that a part of a text does not keep the whole of it. */
export const copyText = (text: string): string =>
  text.length < SHORTEST_REFERENCE ? text : Buffer.from(text).toString();
