import { MAX_EMBEDDED_CHARACTERS } from '../values/limits.js';

const JSON_START = /^\s{0,16}[{[]/;
const XML_START = /^\s*<(?:\?xml|[A-Za-z])/;
/** Elements that start an HTML page or fragment. */
const HTML_START =
  /^\s*<(?:html|head|body|meta|title|style|p|div|span|table|tr|td|br|b|i|u|strong|em|a|h[1-6]|ul|ol|li|font|center|pre|img|link|script|iframe|form|input|button|code|blockquote|section|article|header|footer|main|label|th|tbody|thead|svg|small|sup|sub|dl|dt|dd|hr)\b/i;
const TAG_NAME = /^[A-Za-z_][\w:.-]{0,63}/;
const NAME_ATTRIBUTE = /\b(?:Name|name|key|Key|id)\s?=\s?["']([^"']{1,128})["']/;
const ATTRIBUTE = /\s([A-Za-z_][\w.-]{0,63})\s?=\s?(?:"([^"]{1,1024})"|'([^']{1,1024})')/g;
/** Attributes that only identify their element. */
const NAMING = /^(?:xmlns|name|key|id|guid)$/i;
const MAX_TAG_CHARACTERS = 2_048;

export type NamedText = { name: string; text: string };

/** Parses a string that is JSON itself; undefined for other strings. */
export function parseEmbeddedJson(text: string): object | undefined {
  if (!JSON_START.test(text)) return undefined;
  const trimmed = text.trim();
  const isDelimited =
    (trimmed.startsWith('{') && trimmed.endsWith('}')) ||
    (trimmed.startsWith('[') && trimmed.endsWith(']'));
  if (!isDelimited || trimmed.length < 7 || trimmed.length > MAX_EMBEDDED_CHARACTERS)
    return undefined;
  try {
    const parsed: unknown = JSON.parse(trimmed);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads the texts and attributes of an XML fragment. A text is named by its element, or by `<Data Name='…'>`.
 * Returns undefined for HTML, which is scanned as text.
 */
export function readEmbeddedXml(text: string): NamedText[] | undefined {
  const start = text.slice(0, 64);
  if (!XML_START.test(start) || HTML_START.test(start)) return undefined;
  const source = text.slice(0, MAX_EMBEDDED_CHARACTERS);
  const entries: NamedText[] = [];
  for (let open = source.indexOf('<'); open >= 0; open = source.indexOf('<', open + 1)) {
    const close = source.indexOf('>', open);
    if (close < 0) break;
    const tag = source.slice(open + 1, Math.min(close, open + MAX_TAG_CHARACTERS));
    const element = TAG_NAME.exec(tag)?.[0];
    const next = source.indexOf('<', close);
    const content = source.slice(close + 1, next < 0 ? source.length : next).trim();
    open = close;
    if (element === undefined) continue;
    entries.push(...attributesOf(tag));
    if (content === '') continue;
    entries.push({ name: NAME_ATTRIBUTE.exec(tag)?.[1] ?? element, text: unescapeXml(content) });
  }
  return entries.length > 0 ? entries : undefined;
}

const attributesOf = (tag: string): NamedText[] =>
  [...tag.matchAll(ATTRIBUTE)]
    .map(([, name = '', quoted, single]) => ({ name, text: unescapeXml(quoted ?? single ?? '') }))
    .filter(({ name }) => !NAMING.test(name));

const unescapeXml = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
