import { MAX_SOURCE_RULE_ID_CHARACTERS, type NormalizedAlert, storableText } from '@calseta/common';

export const MAX_TITLE_CHARACTERS = 1_000;
export const MAX_DESCRIPTION_CHARACTERS = 65_536;
/** For the alert's own id, the name of its rule, and each note. */
export const MAX_NAME_CHARACTERS = 1_000;
export const MAX_LIST_LENGTH = 200;
const MAX_LIST_TEXT_CHARACTERS = 256;
const MAX_VALUE_CHARACTERS = 4_096;

/** Optional texts of an alert, with the longest length of each, characters. */
const OPTIONAL_TEXTS = [
  ['description', MAX_DESCRIPTION_CHARACTERS],
  ['severityOriginal', MAX_LIST_TEXT_CHARACTERS],
  ['nativeAlertId', MAX_NAME_CHARACTERS],
  ['sourceRuleId', MAX_SOURCE_RULE_ID_CHARACTERS],
  ['sourceRuleName', MAX_NAME_CHARACTERS],
  ['sourceUrl', MAX_VALUE_CHARACTERS],
  ['sourceStatus', MAX_LIST_TEXT_CHARACTERS],
] as const;

/** Adds the notes, makes every text storable and bounds every length; a further note lists what was cut. */
export function boundAlert(alert: NormalizedAlert, notes = alert.notes): NormalizedAlert {
  const cutFields: string[] = [];
  const cut = (field: string, text: string, max: number): string => {
    if (text.length <= max) return storableText(text);
    cutFields.push(field);
    return storableText(text.slice(0, max));
  };
  const list = (field: string, texts: readonly string[], max: number): string[] => {
    if (texts.length > MAX_LIST_LENGTH) cutFields.push(field);
    return texts.slice(0, MAX_LIST_LENGTH).map((text) => cut(field, text, max));
  };
  const bounded: NormalizedAlert = {
    severity: alert.severity,
    title: cut('title', alert.title, MAX_TITLE_CHARACTERS),
    tags: list('tags', alert.tags, MAX_LIST_TEXT_CHARACTERS),
    mitreTactics: list('mitreTactics', alert.mitreTactics, MAX_LIST_TEXT_CHARACTERS),
    mitreTechniques: list('mitreTechniques', alert.mitreTechniques, MAX_LIST_TEXT_CHARACTERS),
    hosts: list('hosts', alert.hosts, MAX_LIST_TEXT_CHARACTERS),
    users: list('users', alert.users, MAX_LIST_TEXT_CHARACTERS),
    fields: boundFields(alert.fields, list),
    statedIndicators: alert.statedIndicators.map((stated) => ({
      ...stated,
      value: cut('indicators', stated.value, MAX_VALUE_CHARACTERS),
      ...(stated.pointer !== undefined && { pointer: storableText(stated.pointer) }),
    })),
    notes: list('notes', notes, MAX_NAME_CHARACTERS),
    ...(alert.occurredAt !== undefined && { occurredAt: alert.occurredAt }),
    ...(alert.isEnd && { isEnd: true }),
    ...(alert.isTitleAssumed && { isTitleAssumed: true }),
  };
  for (const [field, max] of OPTIONAL_TEXTS) {
    const text = alert[field];
    if (text !== undefined) bounded[field] = cut(field, text, max);
  }
  if (cutFields.length === 0) return bounded;
  const names = [...new Set(cutFields)].join(', ');
  return { ...bounded, notes: [...bounded.notes, `Cut: ${names}.`] };
}

type BoundList = (field: string, texts: readonly string[], max: number) => string[];

function boundFields(
  fields: NormalizedAlert['fields'],
  list: BoundList,
): NormalizedAlert['fields'] {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => {
      const texts = list(field, typeof value === 'string' ? [value] : value, MAX_VALUE_CHARACTERS);
      return [field, typeof value === 'string' ? texts[0] : texts];
    }),
  );
}
