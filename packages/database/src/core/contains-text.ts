/** Condition of Prisma: contains a text, in any letter case. Prisma itself lets `%` and `_` match anything. */
export const containsText = (text: string) =>
  ({ contains: text.replaceAll(/[\\%_]/g, String.raw`\$&`), mode: 'insensitive' }) as const;
