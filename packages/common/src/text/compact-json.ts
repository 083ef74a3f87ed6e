const TEXT_OR_SPACE = /"[^"\\]*(?:\\.[^"\\]*)*"|[\t\n\r ]+/gs;
/** Space after a bracket, a comma or a colon, where nearly all space between tokens stands. */
const MAY_BE_SPACED = /[[{,:][\t\n\r ]|[\t\n\r ][\]},:]/;

/** JSON text without the space between its tokens; spelling of numbers, order and duplicates of keys stay. */
export const compactJson = (json: string): string =>
  MAY_BE_SPACED.test(json)
    ? json.replace(TEXT_OR_SPACE, (token) => (token.startsWith('"') ? token : ''))
    : json;
