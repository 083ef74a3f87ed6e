import { neutralizeJson, stringifyExactly, withExactNumbers } from '@calseta/common';
import { type CallToolResult } from '@modelcontextprotocol/server';

/** JSON text as agents may read it: hidden characters are written visibly, and counted. */
export function toNeutralText(answer: object): string {
  const { json, madeVisibleCount } = neutralizeJson(stringifyExactly(answer));
  if (madeVisibleCount === 0) return json;
  return `${json.slice(0, -1)},"made_visible_count":${madeVisibleCount}}`;
}

/** The same answer as text and as JSON; numbers that JavaScript would change are texts of their digits in the latter. */
export function toToolResult(answer: object): CallToolResult {
  const text = toNeutralText(answer);
  return {
    content: [{ type: 'text', text }],
    structuredContent: withExactNumbers(text, JSON.parse(text)),
  };
}
