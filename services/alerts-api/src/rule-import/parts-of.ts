import { RULE_IMPORT } from '@calseta/common';
import { parse as parseToml, TomlError } from 'smol-toml';
import { parseDocument } from 'yaml';

/** A part of a file that is parsed by itself: its value, or what is wrong with it. */
export type ParsedPart = { line: number; value?: unknown; problem?: string };

type TextPart = { line: number; text: string };

/** Parses a file by the ending of its name: documents of YAML, lines of NDJSON, a whole of JSON or TOML. */
export function* partsOf(fileName: string, text: string): Generator<ParsedPart, void, undefined> {
  const ending = /\.(?<ending>[a-z]+)$/i.exec(fileName)?.groups?.['ending']?.toLowerCase() ?? '';
  const syntax = SYNTAXES[ending];
  if (!syntax) {
    yield {
      line: 1,
      problem: `has a name that ends in none of ${Object.keys(SYNTAXES).join(', ')}`,
    };
    return;
  }
  for (const part of syntax.split(text)) {
    if (part.text.trim() === '') continue;
    if (part.text.length > syntax.maxCharacters) {
      yield { line: part.line, problem: `is longer than ${syntax.maxCharacters} characters` };
    } else {
      yield { line: part.line, ...syntax.parse(part) };
    }
  }
}

type Syntax = {
  split: (text: string) => Iterable<TextPart>;
  parse: (part: TextPart) => Omit<ParsedPart, 'line'>;
  maxCharacters: number;
};

const whole = (text: string): TextPart[] => [{ line: 1, text }];

const { maxRuleCharacters, maxBytes } = RULE_IMPORT;
const yaml: Syntax = { split: splitDocuments, parse: parseYaml, maxCharacters: maxRuleCharacters };
const lines: Syntax = { split: splitLines, parse: parseJson, maxCharacters: maxRuleCharacters };
const SYNTAXES: Record<string, Syntax> = {
  yaml,
  yml: yaml,
  toml: { split: whole, parse: parseTomlFile, maxCharacters: maxRuleCharacters },
  ndjson: lines,
  jsonl: lines,
  json: { split: whole, parse: parseJson, maxCharacters: maxBytes },
};

/** `---` at the beginning of a line always ends a document (YAML 1.2.2, 9.1.2), inside a text too. */
function* splitDocuments(text: string): Generator<TextPart, void, undefined> {
  let document: TextPart = { line: 1, text: '' };
  for (const { line, text: content } of splitLines(text)) {
    if (/^---(?:\s|$)/.test(content)) {
      yield document;
      document = { line, text: '' };
    }
    document.text += `${content}\n`;
  }
  yield document;
}

function* splitLines(text: string): Generator<TextPart, void, undefined> {
  let start = 0;
  for (let line = 1; start <= text.length; line += 1) {
    const end = text.indexOf('\n', start);
    const stop = end === -1 ? text.length : end;
    yield { line, text: text.slice(start, stop) };
    start = stop + 1;
  }
}

/** Aliases that would unfold to more than this are refused, so that a small document cannot become a large one. */
const MAX_YAML_ALIASES = 100;

function parseYaml({ line, text }: TextPart): Omit<ParsedPart, 'line'> {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error) {
    const at = line - 1 + (error.linePos?.[0].line ?? 1);
    return { problem: `is not YAML: line ${at}: ${firstLine(error.message)}` };
  }
  try {
    return { value: document.toJS({ maxAliasCount: MAX_YAML_ALIASES }) as unknown };
  } catch {
    return { problem: `has aliases that unfold to more than ${MAX_YAML_ALIASES} values` };
  }
}

function parseTomlFile({ text }: TextPart): Omit<ParsedPart, 'line'> {
  try {
    return { value: parseToml(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { problem: `is not TOML: line ${error.line}: ${firstLine(error.message)}` };
  }
}

function parseJson({ text }: TextPart): Omit<ParsedPart, 'line'> {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { problem: 'is not JSON' };
  }
}

const firstLine = (message: string): string => message.split('\n')[0] ?? '';
