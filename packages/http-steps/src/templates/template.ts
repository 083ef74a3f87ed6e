import { type FilterName, FILTERS, isFilterName } from './filters.js';

/** Longest text that may contain placeholders. */
export const MAX_TEMPLATE_CHARACTERS = 8_192;
/** Placeholders of one text. */
export const MAX_PLACEHOLDERS = 50;
/** Steps of one dotted path. */
const MAX_PATH_STEPS = 16;

const STEP = /^[A-Za-z0-9_@$-]{1,100}$/;
const INDEX = /^\d{1,6}$/;

/** `{{ steps.user_lookup.body.id | percent_encode }}` */
export type Placeholder = { path: readonly string[]; filters: readonly FilterName[]; text: string };

/** Text and placeholders, in order. */
export type Template = readonly (string | Placeholder)[];

export type ParsedTemplate = { ok: true; template: Template } | { ok: false; problem: string };

/**
 * Parses a text with `{{ path | filter }}` placeholders. Problems are an unclosed placeholder, a path that is not
 * dotted names or indexes, a root that is not in `roots`, and an unknown filter.
 */
export function parseTemplate(text: string, roots: readonly string[]): ParsedTemplate {
  if (text.length > MAX_TEMPLATE_CHARACTERS)
    return wrong(`is longer than ${MAX_TEMPLATE_CHARACTERS} characters`);
  const template: (string | Placeholder)[] = [];
  let at = 0;
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', at)) {
    const close = text.indexOf('}}', open + 2);
    if (close === -1) return wrong('has a placeholder that does not end: `}}` is missing');
    if (open > at) template.push(text.slice(at, open));
    const placeholder = parsePlaceholder(text.slice(open + 2, close), roots);
    if (typeof placeholder === 'string') return wrong(placeholder);
    template.push(placeholder);
    at = close + 2;
  }
  if (at < text.length) template.push(text.slice(at));
  const placeholders = template.filter((part) => typeof part !== 'string').length;
  return placeholders > MAX_PLACEHOLDERS
    ? wrong(`has more than ${MAX_PLACEHOLDERS} placeholders`)
    : { ok: true, template };
}

const wrong = (problem: string): ParsedTemplate => ({ ok: false, problem });

/** Returns the placeholder, or its problem as a text. */
function parsePlaceholder(inside: string, roots: readonly string[]): Placeholder | string {
  const [path = '', ...filters] = inside.split('|').map((part) => part.trim());
  const steps = path.split('.');
  const [root = ''] = steps;
  if (!roots.includes(root))
    return `names the unknown root \`${root}\`; known are ${roots.join(', ')}`;
  if (steps.length > MAX_PATH_STEPS || !steps.every((step) => STEP.test(step)))
    return `has the unreadable path \`${path}\``;
  const unknown = filters.find((name) => !isFilterName(name));
  if (unknown !== undefined)
    return `names the unknown filter \`${unknown}\`; known are ${Object.keys(FILTERS).join(', ')}`;
  return { path: steps, filters: filters.filter(isFilterName), text: path };
}

/** Values of placeholders, by root. */
export type TemplateScope = Readonly<Record<string, unknown>>;

/** Thrown when a placeholder's value is missing, or is no text, number or boolean. */
export class MissingValueError extends Error {
  override name = 'MissingValueError';
  readonly path: string;

  constructor(path: string) {
    super(`${path} has no value.`);
    this.path = path;
  }
}

export type TemplateOptions = {
  /** Placeholders whose values are written unchanged, without filters and escapes. */
  keep?: (placeholder: Placeholder) => boolean;
  /** Applied to each value after its filters, such as percent-encoding in a URL. */
  escape?: (value: string, placeholder: Placeholder) => string;
  /** Stands for a value that is missing, without filters and escapes. */
  standIn?: (placeholder: Placeholder) => string;
};

/** Fills in the placeholders of a text. Throws MissingValueError. */
export const renderText = (
  template: Template,
  scope: TemplateScope,
  { escape = (value) => value, keep = () => false, standIn }: TemplateOptions = {},
): string =>
  template
    .map((part) => {
      if (typeof part === 'string') return part;
      if (standIn && !isScalar(valueAt(part, scope))) return standIn(part);
      if (keep(part)) return textAt(part, scope);
      const filtered = part.filters.reduce(
        (text, name) => FILTERS[name](text),
        textAt(part, scope),
      );
      return escape(filtered, part);
    })
    .join('');

/** As `renderText`, but a text that is a single placeholder without a filter keeps the type of its value. */
export function renderValue(
  template: Template,
  scope: TemplateScope,
  options: TemplateOptions = {},
): unknown {
  const [only, ...others] = template;
  if (
    only === undefined ||
    typeof only === 'string' ||
    others.length > 0 ||
    only.filters.length > 0
  )
    return renderText(template, scope, options);
  const value = valueAt(only, scope);
  if (value !== undefined) return value;
  if (options.standIn) return options.standIn(only);
  throw new MissingValueError(only.text);
}

function textAt(placeholder: Placeholder, scope: TemplateScope): string {
  const value = valueAt(placeholder, scope);
  if (!isScalar(value)) throw new MissingValueError(placeholder.text);
  return String(value);
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Reads own properties only, so that no path reaches a prototype; an index reads a list. */
function valueAt({ path }: Placeholder, scope: TemplateScope): unknown {
  let value: unknown = scope;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    if (Array.isArray(value) && !INDEX.test(step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value ?? undefined;
}
