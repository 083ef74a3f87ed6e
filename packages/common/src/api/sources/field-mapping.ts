import { z } from 'zod';
import { NORMALIZED_FIELDS } from '../../alert/normalized-alert.js';
import { severitySchema } from '../../alert/severity.js';
import { tagsSchema } from '../http/fields.js';
import { MAX_MAPPING_PATH_CHARACTERS } from './indicator-mapping.js';

/** Fields that a mapping can fill: the alert's own fields and the normalised ones. */
export const MAPPED_FIELDS = [
  'title',
  'description',
  'severity',
  'occurred_at',
  'tags',
  'native_alert_id',
  'source_rule_id',
  'source_rule_name',
  'source_url',
  'mitre_tactics',
  'mitre_techniques',
  'hosts',
  'users',
  'status',
  ...NORMALIZED_FIELDS,
] as const;
export type MappedField = (typeof MAPPED_FIELDS)[number];

export const MAX_FALLBACK_PATHS = 10;
/** Number of paths over all fields. Limited because each path walks the payload. */
export const MAX_MAPPED_PATHS = 100;
export const MAX_SEVERITY_WORDS = 100;

const pathSchema = z
  .string()
  .min(1)
  .max(MAX_MAPPING_PATH_CHARACTERS)
  .describe('`event.hosts[*].ip`: dots, indexes, `*`, and keys that hold dots themselves');

const wordsSchema = z
  .record(z.string().trim().min(1).max(200), severitySchema)
  .refine((map) => Object.keys(map).length <= MAX_SEVERITY_WORDS, {
    message: `at most ${MAX_SEVERITY_WORDS} words`,
  });

const defaultTextSchema = z.string().trim().min(1).max(1_000);

/** Tells a custom source how to read its payload. For a built-in source, it extends the plugin. */
export const fieldMappingSchema = z
  .strictObject({
    items: pathSchema
      .optional()
      .describe('Path of the list whose entries are an alert each; without it the payload is one'),
    fields: z
      .partialRecord(
        z.enum(MAPPED_FIELDS),
        z.union([pathSchema, z.array(pathSchema).min(1).max(MAX_FALLBACK_PATHS)]),
      )
      .refine((fields) => Object.keys(fields).length > 0, 'map at least one field')
      .refine((fields) => Object.values(fields).flat().length <= MAX_MAPPED_PATHS, {
        message: `at most ${MAX_MAPPED_PATHS} paths in all`,
      })
      .optional()
      .describe('A path for each field, or several: the first that leads to something counts'),
    severity_map: wordsSchema
      .optional()
      .describe('The sender’s own words for severities; other words are read as everywhere'),
    defaults: z
      .strictObject({
        title: defaultTextSchema,
        description: defaultTextSchema,
        severity: severitySchema,
        tags: tagsSchema,
        source_rule_id: defaultTextSchema,
        source_rule_name: defaultTextSchema,
      })
      .partial()
      .optional()
      .describe('What a field is when no path leads to anything'),
  })
  .refine((mapping) => Object.keys(mapping).length > 0, 'maps nothing')
  .meta({ id: 'FieldMapping' });
export type FieldMapping = z.infer<typeof fieldMappingSchema>;

/** Whether a mapping fills fields. A custom source needs some, because it has no plugin. */
export const readsFields = ({ fields }: FieldMapping): boolean => fields !== undefined;
export const FIELDS_ARE_NEEDED = 'a custom source needs at least one field';
