import { z } from 'zod';
import { alertRuleSchema } from '../../rules/alert-rule.js';
import { type CreateContextDocument, DOC_TYPES } from './context-document.js';
import { markdownSchema, MAX_DOCUMENT_CHARACTERS, nameSchema, tagsSchema } from '../http/fields.js';

/** Limits of one upload of context documents. */
export const DOCUMENT_UPLOAD = {
  maxFiles: 20,
  /** Enough for the longest document in UTF-8 or UTF-16, whatever its alphabet. */
  maxFileBytes: 4 * MAX_DOCUMENT_CHARACTERS,
  maxFields: 120,
  maxFieldBytes: 65_536,
  maxBytes: 4_194_304,
} as const;

/** How the fields of the form are read; `tags` may be repeated. */
export const DOCUMENT_UPLOAD_FIELDS = {
  title: 'text',
  doc_type: 'text',
  is_global: 'boolean',
  targeting_rules: 'json',
  tags: 'list',
} as const;

const FILE_NAME = /^(?<title>.*)\.(?:md|txt)$/is;

const textFileSchema = z
  .unknown()
  .meta({ type: 'string', contentMediaType: 'text/markdown' })
  .pipe(z.object({ name: z.string(), text: markdownSchema.min(1) }))
  .superRefine(({ name }, context) => {
    if (FILE_NAME.test(name)) return;
    context.addIssue({ code: 'custom', message: 'needs a name that ends in .md or .txt' });
  });

/** A form with one or more files, each of which becomes a document; the other fields are for all of them. */
export const uploadContextDocumentsSchema = z
  .strictObject({
    files: z
      .array(textFileSchema)
      .min(1)
      .max(DOCUMENT_UPLOAD.maxFiles)
      .describe('`.md` or `.txt`, as UTF-8, or UTF-16 with a byte-order mark'),
    title: nameSchema
      .optional()
      .describe('Of a single file; without it the name of a file, less its ending, is its title'),
    doc_type: z.enum(DOC_TYPES),
    is_global: z.boolean().default(false),
    targeting_rules: alertRuleSchema.optional().describe('As JSON'),
    tags: tagsSchema.default([]).describe('Repeated, or separated by commas'),
  })
  .superRefine(({ files, title, is_global: isGlobal, targeting_rules: rules }, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (isGlobal === (rules !== undefined)) {
      refuse(['targeting_rules'], 'a document is either global or has targeting_rules');
    }
    if (title !== undefined && files.length > 1) {
      refuse(['title'], 'is for a single file; several are named by their files');
    }
    if (title !== undefined) return;
    files.forEach(({ name }, index) => {
      if (nameSchema.safeParse(titleOf(name)).success) return;
      refuse(['files', index], 'needs a name of 1 to 200 characters, or a `title`');
    });
  })
  .meta({ id: 'UploadContextDocuments' });
export type UploadContextDocuments = z.infer<typeof uploadContextDocumentsSchema>;

/** The documents of an upload, in the order of their files. */
export const uploadedDocuments = ({
  files,
  title,
  ...shared
}: UploadContextDocuments): CreateContextDocument[] =>
  files.map(({ name, text }) => ({ ...shared, title: title ?? titleOf(name), content: text }));

const titleOf = (fileName: string): string =>
  (FILE_NAME.exec(fileName)?.groups?.['title'] ?? fileName).trim();
