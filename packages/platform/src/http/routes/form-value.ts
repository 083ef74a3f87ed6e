import { AppError, type Issue, readTextFile } from '@calseta/common';
import { escapePointer } from './parse-json.js';
import { type MultipartForm, type UploadedFile } from '../requests/read-multipart.js';

/** How the text of a form's field is read; a list may be repeated, or be one text with commas. */
export type FieldKind = 'text' | 'boolean' | 'list' | 'json';

/** Names that a file may be sent under. */
const FILE_FIELDS = ['files', 'file', 'files[]'];

/** The value of a form of text files, to be validated by a schema like a JSON body. */
export function formValue(
  { fields, files }: MultipartForm,
  kinds: Readonly<Record<string, FieldKind>>,
): Record<string, unknown> {
  const issues: Issue[] = [];
  const value: Record<string, unknown> = { files: readFiles(files, issues) };
  for (const name of new Set(fields.map((field) => field.name))) {
    const texts = fields.filter((field) => field.name === name).map((field) => field.value);
    const pointer = `/${escapePointer(name)}`;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) issues.push({ pointer, message: 'is not a known field' });
    else value[name] = readField(kind, texts, pointer, issues);
  }
  if (issues.length === 0) return value;
  throw new AppError('request.invalid', 'The form does not fit its schema.', { issues });
}

function readField(
  kind: FieldKind,
  texts: readonly string[],
  pointer: string,
  issues: Issue[],
): unknown {
  const [text = ''] = texts;
  if (kind === 'list') {
    const entries = texts.flatMap((entry) => entry.split(','));
    return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
  }
  if (texts.length > 1) issues.push({ pointer, message: 'is given twice' });
  if (kind === 'json') return readJson(text, pointer, issues);
  if (kind === 'text') return text;
  return { true: true, false: false }[text.trim().toLowerCase()] ?? text;
}

function readJson(text: string, pointer: string, issues: Issue[]): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    issues.push({ pointer, message: 'is not valid JSON' });
    return undefined;
  }
}

function readFiles(files: readonly UploadedFile[], issues: Issue[]) {
  return files.map(({ field, name, bytes }, index) => {
    if (!FILE_FIELDS.includes(field)) {
      const pointer = `/${escapePointer(field)}`;
      issues.push({ pointer, message: 'is not a known field; send files as `files`' });
    }
    const { text, problem } = readTextFile(bytes);
    if (problem !== undefined) issues.push({ pointer: `/files/${index}`, message: problem });
    return { name, text };
  });
}
